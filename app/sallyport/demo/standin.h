// A small local stand-in for the systems that a demonstration cites (vendors.h). It serves records in the
// envelopes of those APIs, and says in every answer that it is not them.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "demo/vendors.h"
#include "http/message.h"
#include "http/router.h"
#include "http/server.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::demo {

// All members may be called from any thread, before and after start().
class Standin {
public:
  // `clock` gives the time that the systems believe it is.
  Standin(std::function<Instant()> clock, Vendors vendors);
  Standin(const Standin&) = delete;
  Standin& operator=(const Standin&) = delete;

  // The vendors' record files, from examples/records; and the directory's group.
  Result<void> load(const std::filesystem::path& folder);
  // On 127.0.0.1; port 0 lets the system choose. Once.
  Result<void> start(std::uint16_t port = 0);
  void stop();
  // For source::parse_config(): "http://127.0.0.1:9701/identity-provider".
  std::string base_url(std::string_view source) const;

  // Its watermark is that much behind. Without effect on the directory, whose watermark is the Date of
  // the response.
  void set_lag(const std::string& source, Duration lag);
  // Adds or replaces; `json` is the record as the system would write it, and is served byte for byte.
  Result<void> set_record(const std::string& source, const std::string& key, std::string json);
  // From now on the system says, in its own way, that there is none. False where there was none.
  bool remove(const std::string& source, const std::string& key);
  // Answers nothing but 503.
  void set_down(const std::string& source, bool down);
  // The people of the directory's group; its version moves.
  void set_directory_members(const std::vector<std::string>& persons);

private:
  http::Response answer(const http::Request& request);
  http::Response answer_route(std::size_t route, const http::Params& params, const http::Request& request);
  http::Response names(std::string_view source, std::string_view member) const;
  const std::string* find_record(std::string_view source, const std::string& key) const;
  Instant watermark(std::string_view source) const;

  std::function<Instant()> clock_;
  Vendors vendors_;
  http::PathTable paths_;
  mutable std::mutex mutex_; // guards what follows, but not the server
  std::map<std::pair<std::string, std::string>, std::string> records_; // (source, key) -> JSON
  std::set<std::pair<std::string, std::string>> removed_;
  std::map<std::string, Duration, std::less<>> lag_;
  std::set<std::string, std::less<>> down_;
  std::string group_;
  int group_version_ = 41;
  http::Server server_; // last: its thread uses what stands above
};

} // namespace sallyport::demo
