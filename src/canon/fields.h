// Reading an object whose shape is known: each getter names a member once; the first fault is kept
// and every later getter answers a default; done() returns that fault, or refuses the members that
// no getter asked for. So a decoder is a list of assignments and one check at its end.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::canon {

class Fields {
public:
  // `where` is the JSON Pointer of `value`. A value that is no object is the first fault.
  Fields(const Value& value, std::string where);

  // Required; text is not empty and has at most `max` bytes.
  std::string string(std::string_view name, std::size_t max = 1000);
  std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  bool boolean(std::string_view name);
  Instant instant(std::string_view name);
  Digest digest(std::string_view name);
  const Object& object(std::string_view name);
  const Array& array(std::string_view name);
  const Value& any(std::string_view name);
  std::vector<std::string> strings(std::string_view name, std::size_t items_max = 256);

  template <class Id> Id id(std::string_view name) {
    auto parsed = Id::parse(string(name));
    if (!parsed) {
      fault(name, parsed.error().message);
      return {};
    }
    return *std::move(parsed);
  }

  // Optional: null or nothing where the member is absent.
  const Value* maybe(std::string_view name);
  std::optional<std::string> maybe_string(std::string_view name, std::size_t max = 1000);
  std::optional<Instant> maybe_instant(std::string_view name);

  // Records a fault at a member (or, with an empty name, at the object itself).
  void fault(std::string_view name, std::string message, ErrorCode code = ErrorCode::malformed);

  bool ok() const { return !error_.has_value(); }

  std::string where(std::string_view name) const;
  Result<void> done();

private:
  const Value* take(std::string_view name);
  const Value* need(std::string_view name);

  const Object* object_ = nullptr;
  std::string where_;
  std::vector<std::string_view> taken_;
  std::optional<Error> error_;
};

} // namespace sallyport::canon
