// What a Transaction works on. Internal.
#pragma once

#include "store/database.h"
#include "store/edge.h"
#include "store/store.h"

#include <optional>

namespace sallyport::store {

struct Transaction::State {
  Database& database;
  const Reader& reader;
  Edge edge;
  Instant now;
  // The first error of storage. SQLite may have ended the transaction by itself then, so nothing more
  // may be written and the batch cannot be committed.
  std::optional<Error> fault;

  template <class... Values> Result<std::int64_t> write(Sql sql, const Values&... values) {
    if (fault) {
      return std::unexpected(*fault);
    }
    return noticed(database.log->run(sql, values...));
  }

  template <class T> Result<T> noticed(Result<T> outcome) {
    if (!outcome && !fault && outcome.error().code != ErrorCode::conflict &&
        outcome.error().code != ErrorCode::not_found) {
      fault = outcome.error();
    }
    return outcome;
  }

  Result<Bytes> seal(std::string_view unit, ByteView plain, const Digest& associated);
  Result<void> write_tiles();
};

} // namespace sallyport::store
