#include "store/store.h"

#include "store/files.h"
#include "store/transaction.h"

namespace sallyport::store {

struct Store::Impl {
  std::filesystem::path dir;
  Options options;
  FileLock lock;
  Reader reader;
  Edge edge;
  bool failed = false; // storage failed in a batch: what is stored is not known
};

namespace {

// A commit that died before its sync may be read again all the same: it is synced before anybody is told of
// it.
Result<void> settle(Database& database) {
  SP_CHECK(database.keys.sync_log());
  return database.log->sync_log();
}

} // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::filesystem::path& dir, const Options& options) {
  if (options.create) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, error);
    if (error) {
      return fail(ErrorCode::unavailable, dir.filename().string(), "the directory could not be made");
    }
  } else if (!std::filesystem::exists(dir)) {
    return fail(ErrorCode::not_found, dir.filename().string(), "there is no such directory");
  }
  SP_TRY(FileLock lock, FileLock::take(dir / "writer.lock"));
  const auto mode = options.create ? Connection::Mode::create : Connection::Mode::write;
  SP_TRY(auto database, Database::open(dir, options, mode));
  Reader reader(std::move(database));
  SP_TRY(Edge edge, Edge::of(reader, options.origin));
  SP_CHECK(settle(*reader.database_));
  return Store(std::make_unique<Impl>(dir, options, std::move(lock), std::move(reader), std::move(edge)));
}

Result<void> Store::run(Instant now, const std::function<Result<void>(Transaction&)>& batch) {
  if (impl_->failed) {
    return fail(ErrorCode::unavailable, "log.db", "storage failed before; reload first");
  }
  Database& database = *impl_->reader.database_;
  Transaction::State state{database, impl_->reader, impl_->edge, now, std::nullopt};
  Transaction transaction(state);

  // Leaves nothing open, however this function ends.
  struct Undo {
    Database& database;

    ~Undo() {
      database.log->roll_back();
      database.keys.roll_back();
    }
  } const undo{database};

  database.keys.batch();
  if (auto begun = state.write("BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(begun.error()); // nothing was written, nothing is in doubt
  }
  const auto outcome = batch(transaction);
  if (!outcome && !state.fault) {
    return outcome;
  }
  const auto commit = [&]() -> Result<void> {
    SP_CHECK(state.write_tiles());
    // First: a sealed row without its key could never be read.
    SP_CHECK(database.keys.commit());
    return database.log->script("COMMIT");
  };
  auto committed = state.fault ? std::unexpected(*state.fault) : commit();
  if (!committed) {
    impl_->failed = true;
    committed.error().code = ErrorCode::unavailable;
    return committed;
  }
  impl_->edge = std::move(state.edge);
  return {};
}

Result<void> Store::reload() {
  auto options = impl_->options;
  options.create = false;
  // The new connections are opened beside the old ones, which an error leaves in place.
  SP_TRY(auto database, Database::open(impl_->dir, options, Connection::Mode::write));
  Reader reader(std::move(database));
  SP_TRY(Edge edge, Edge::of(reader, options.origin));
  SP_CHECK(settle(*reader.database_));
  impl_->reader = std::move(reader);
  impl_->edge = std::move(edge);
  impl_->failed = false;
  return {};
}

std::uint64_t Store::size() const {
  return impl_->edge.size();
}

Digest Store::root() const {
  return impl_->edge.root();
}

const Reader& Store::reader() const {
  return impl_->reader;
}

Result<DataKey> Store::obtain_unit_key(std::string_view unit, Instant now) {
  return impl_->reader.database_->keys.obtain(unit, now);
}

Result<void> Store::destroy(std::string_view unit, Instant now) {
  return impl_->reader.database_->keys.destroy(unit, now);
}

WalKeeper::WalKeeper(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {
}

WalKeeper::WalKeeper(WalKeeper&&) noexcept = default;
WalKeeper& WalKeeper::operator=(WalKeeper&&) noexcept = default;
WalKeeper::~WalKeeper() = default;

Result<WalKeeper> WalKeeper::open(const std::filesystem::path& dir, const Options& options) {
  SP_TRY(auto connection, Connection::open(dir / log_file, Connection::Mode::write, options.vfs));
  return WalKeeper(std::move(connection));
}

Result<void> WalKeeper::passive() {
  return connection_->checkpoint(false);
}

Result<void> WalKeeper::truncate() {
  return connection_->checkpoint(true);
}

} // namespace sallyport::store
