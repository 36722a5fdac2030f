// One data key per retention unit, in a database of their own (keys.db), each wrapped with
// AES-256-GCM under the wrapping key, the unit as associated data.
//
// Destroying a value is deleting its key: the row becomes a tombstone, the freed bytes are
// overwritten (secure_delete) and the write-ahead log is emptied before destroy() says so. Nothing is
// cached, so a destroyed key is gone for every connection at once. A unit that was destroyed never
// gets a second key.
//
// A Keys belongs to one thread; several may be open on one file.
#pragma once

#include "base/bytes.h"
#include "base/instant.h"
#include "base/result.h"
#include "base/sensitive.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::store {

class Connection;
using DataKey = Sensitive<Bytes>; // 32 bytes

inline constexpr const char* keys_file = "keys.db"; // in the folder of the log

// The 32 bytes that wrap the data keys. The file must be regular and closed to group and others.
Result<DataKey> read_wrapping_key(const std::filesystem::path& file);
// Draws one. An existing file is a conflict.
Result<DataKey> create_wrapping_key(const std::filesystem::path& file);

class Keys {
public:
  enum class Mode { create, write, read };

  // denied: the file is not the one that wraps this table.
  static Result<Keys> open(const std::filesystem::path& database, DataKey wrapping, Mode mode,
                           const std::string& vfs = "");
  Keys(Keys&&) noexcept;
  // Connection::sync_log().
  Result<void> sync_log() const;
  Keys& operator=(Keys&&) noexcept;
  ~Keys();

  // The unit's key. not_found, with "destroyed" in the message when it was.
  Result<DataKey> find(std::string_view unit) const;
  // The same, drawing the key if the unit is new. Inside a batch it is durable at commit(); outside,
  // on return. Encrypt nothing that others can see before.
  Result<DataKey> obtain(std::string_view unit, Instant now);
  // When the unit's key was destroyed, if it was.
  Result<std::optional<Instant>> destroyed_at(std::string_view unit) const;
  // Repeat it after any error: it finishes what was begun. Destroying an unknown unit leaves its
  // tombstone.
  Result<void> destroy(std::string_view unit, Instant now);

  // A batch opens by itself at the first new unit after batch(), so a batch without one costs nothing.
  void batch();
  Result<void> commit();
  void roll_back();

private:
  Keys(std::unique_ptr<Connection> connection, DataKey wrapping);
  Result<void> prepare_table(Mode mode);

  std::unique_ptr<Connection> connection_;
  DataKey wrapping_;
  bool batching_ = false;
  bool begun_ = false;
};

} // namespace sallyport::store
