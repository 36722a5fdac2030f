// The two connections behind a Reader or the Store, and sealing under a unit's key. Internal.
#pragma once

#include "store/keys.h"
#include "store/reader.h"
#include "store/sqlite.h"

#include <memory>

namespace sallyport::store {

inline constexpr const char* log_file = "log.db";

struct Database {
  std::unique_ptr<Connection> log;
  Keys keys;

  static Result<std::shared_ptr<Database>> open(const std::filesystem::path& dir, const Options& options,
                                                Connection::Mode mode);

  // Opens a sealed value. not_found: the unit was destroyed. corrupt: it does not open, or names a unit
  // that never had a key.
  Result<Bytes> unseal(std::string_view unit, ByteView sealed, const Digest& associated) const;
};

} // namespace sallyport::store
