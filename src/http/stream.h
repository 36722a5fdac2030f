// An answer without an end of its own: text that its producer hands over piece by piece, for as long as
// somebody reads it. The producer never waits and holds no more than one piece: what comes next it offers
// when the reader has taken that one, and until then it keeps nothing for it.
#pragma once

#include "base/instant.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace sallyport::http {

class Stream {
public:
  struct Options {
    std::string farewell;        // what is sent last where the server stops
    std::string pulse;           // what is sent where nothing was for so long: who has gone is noticed by it
    Duration every{15'000};      // that long
    std::function<void()> taken; // a piece has gone out; from the I/O thread, and must not block
  };

  explicit Stream(Options options) : options_(std::move(options)) {}

  // For Response::stream: with the last of these pointers the reader is gone.
  static std::shared_ptr<Stream> for_reader(std::shared_ptr<Stream> stream);

  // ---- the producer, on any thread

  // False, and nothing is taken, where the piece before has not gone out or the stream is over.
  bool offer(std::string piece);
  // The end, after what is on its way; a piece that nobody has begun to send gives way to `last`.
  void end(std::string last);
  bool is_waiting() const; // for the reader to take a piece
  bool is_over() const;    // ended, or nobody reads it

  // ---- the connection, on the I/O thread

  struct Piece {
    std::string text;
    bool last = false;
  };

  const Options& options() const { return options_; }

  // `news` is called, from any thread, when there is something to take.
  void attach(std::function<void()> news);
  Piece take();
  // What was taken has gone out.
  void sent();

private:
  const Options options_;
  mutable std::mutex mutex_;
  std::function<void()> news_;
  std::string piece_;
  bool waiting_ = false; // a piece was offered and has not gone out
  bool ended_ = false;
  bool left_ = false;
};

} // namespace sallyport::http
