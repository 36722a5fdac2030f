#include "store/database.h"

#include "crypto/aead.h"
#include "store/schema.h"

namespace sallyport::store {

namespace {

Result<DataKey> wrapping_key(const Options& options, Connection::Mode mode) {
  auto key = read_wrapping_key(options.wrapping_key);
  if (!key && key.error().code == ErrorCode::not_found && mode == Connection::Mode::create) {
    return create_wrapping_key(options.wrapping_key);
  }
  return key;
}

Keys::Mode keys_mode(Connection::Mode mode) {
  switch (mode) {
  case Connection::Mode::create:
    return Keys::Mode::create;
  case Connection::Mode::write:
    return Keys::Mode::write;
  case Connection::Mode::read:
    return Keys::Mode::read;
  }
  SP_ASSERT(false);
}

} // namespace

Result<std::shared_ptr<Database>> Database::open(const std::filesystem::path& dir, const Options& options,
                                                 Connection::Mode mode) {
  SP_TRY(DataKey wrapping, wrapping_key(options, mode));
  SP_TRY(auto keys, Keys::open(dir / keys_file, std::move(wrapping), keys_mode(mode), options.vfs));
  SP_TRY(auto log, Connection::open(dir / log_file, mode, options.vfs));
  if (mode != Connection::Mode::read) {
    SP_CHECK(migrate(*log, options.origin));
  }
  SP_CHECK(check_identity(*log, options.origin));
  return std::make_shared<Database>(std::move(log), std::move(keys));
}

Result<Bytes> Database::unseal(std::string_view unit, ByteView sealed, const Digest& associated) const {
  const auto key = keys.find(unit);
  if (!key) {
    SP_TRY(const auto destroyed, keys.destroyed_at(unit));
    if (key.error().code == ErrorCode::not_found && !destroyed) {
      return fail(ErrorCode::corrupt, "unit", "a sealed value names a retention unit that never had a key");
    }
    return std::unexpected(key.error());
  }
  auto plain = crypto::open(key->expose(), sealed, associated.view());
  if (!plain) {
    return fail(ErrorCode::corrupt, "unit", "a sealed value does not open under its unit's key");
  }
  return plain;
}

} // namespace sallyport::store
