// From a record of another system to what the gate compares: pure, and the same for every vendor.
#pragma once

#include "base/digest.h"
#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"
#include "source/config.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::source {

enum class ObjectStatus {
  found,
  gone,    // the source says that there is no such object (any more)
  unknown, // we could not tell; never "as before"
};

// Beside key, status and fault, the members mean something only where the object was found.
struct ObjectAnswer {
  std::string key;
  ObjectStatus status = ObjectStatus::unknown;
  std::optional<Error> fault; // exactly where unknown; holds no value of the record
  Instant occurred_at;        // when it happened, by the source's clock
  // SHA-256 of JCS({pointer: value, ...}) over the content pointers of the map. A member that is not
  // selected does not count, nor does order. Numbers that are not integers up to 2^53-1 count as their
  // shortest decimal text. Whoever submits a citation computes the same (docs/sources.md).
  Digest content;
  // Text as it is; integers in decimal; "true", "false"; instants as ours; a set as JCS of its sorted
  // array of text. An attribute that the record does not have is not here.
  std::map<std::string, std::string> attrs;
  // Dimension -> the values that the object touches: sorted, distinct, maybe none.
  std::map<std::string, std::vector<std::string>> touches;
};

// The people of a directory: distinct ids, sorted by bytes.
struct Directory {
  std::string version;
  std::vector<std::string> members;
  bool operator==(const Directory&) const = default;
};

// `record` is read as `key` was asked for: a record with another key is a fault, and so is one without
// something that `map` selects for key, time, content or touched values.
Result<ObjectAnswer> map_record(const Map& map, std::string_view key, const canon::Value& record);

Result<Directory> map_directory(const DirectoryShape& shape, const canon::Value& answer);

// The names of a `terms` answer, distinct and sorted by bytes. An item without any of the pointers is a
// fault, and so is more than 100,000 names.
Result<std::vector<std::string>> map_terms(const TermsShape& shape, const canon::Value& answer);

// The digest that map_record() gives as `content`.
Result<Digest> content_digest(const std::vector<std::string>& pointers, const canon::Value& record);

} // namespace sallyport::source
