#include "source/time.h"

#include <doctest/doctest.h>

#include <string>

using namespace sallyport;
using namespace sallyport::source;

namespace {

std::string read(const canon::Value& value, TimeFormat format) {
  const auto time = parse_time(value, format);
  return time ? to_string(*time) : "(" + time.error().message + ")";
}

std::string rfc(std::string_view text) {
  return read(canon::Value(text), TimeFormat::rfc3339);
}

} // namespace

TEST_CASE("RFC 3339 is read with any offset, any fraction and the cases it allows") {
  CHECK(rfc("2026-11-20T09:02:10Z") == "2026-11-20T09:02:10.000Z");
  CHECK(rfc("2026-11-20t09:02:10z") == "2026-11-20T09:02:10.000Z");
  CHECK(rfc("2026-11-20 09:02:10.5Z") == "2026-11-20T09:02:10.500Z");
  CHECK(rfc("2026-11-20T10:27:31.5+01:00") == "2026-11-20T09:27:31.500Z");
  CHECK(rfc("2026-11-20T00:10:00-05:30") == "2026-11-20T05:40:00.000Z");
  CHECK(rfc("2027-01-01T00:00:00+00:01") == "2026-12-31T23:59:00.000Z");
  CHECK(rfc("2026-11-20T09:02:10-00:00") == "2026-11-20T09:02:10.000Z");
}

TEST_CASE("an instant is never read as later than it was written") {
  CHECK(rfc("2026-11-20T09:02:10.412999999Z") == "2026-11-20T09:02:10.412Z");
  CHECK(rfc("2016-12-31T23:59:60Z") == "2016-12-31T23:59:59.999Z");
  CHECK(read(canon::Value("1795166530.4129"), TimeFormat::epoch_seconds) == "2026-11-20T09:22:10.412Z");
  CHECK(read(canon::Value("1795166530412.9"), TimeFormat::epoch_milliseconds) == "2026-11-20T09:22:10.412Z");
}

TEST_CASE("the time since 1970 is read as a number or as its decimal text") {
  CHECK(read(canon::Value(1795166530), TimeFormat::epoch_seconds) == "2026-11-20T09:22:10.000Z");
  CHECK(read(canon::Value("1795166530"), TimeFormat::epoch_seconds) == "2026-11-20T09:22:10.000Z");
  CHECK(read(canon::Value(std::int64_t{1795166530412}), TimeFormat::epoch_milliseconds) ==
        "2026-11-20T09:22:10.412Z");
  CHECK(read(canon::Value(0), TimeFormat::epoch_seconds) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("an instant without an offset is read where the system says that it is UTC") {
  const auto utc = [](std::string_view text) { return read(canon::Value(text), TimeFormat::utc); };
  CHECK(utc("2026-11-20 09:02:10") == "2026-11-20T09:02:10.000Z");
  CHECK(utc("2026-11-20T09:02:10.4129") == "2026-11-20T09:02:10.412Z");
  for (const char* text : {"", "2026-11-20", "2026-11-20 09:02:10Z", "2026-11-20 09:02:10+01:00",
                           "20-11-2026 09:02:10", "2026-11-20 09:02:10 AM"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(canon::Value(text), TimeFormat::utc));
  }
  CHECK_FALSE(parse_time(canon::Value(1795166530), TimeFormat::utc));
}

TEST_CASE("what is no instant is refused") {
  for (const char* text : {"",
                           "2026-11-20",
                           "2026-11-20T09:02:10",
                           "2026-11-20T09:02Z",
                           "2026-11-20T09:02:10.Z",
                           "2026-11-20T09:02:10+0100",
                           "2026-11-20T09:02:10+24:00",
                           "2026-11-20T09:02:10+01:60",
                           "2026-11-20T09:02:10ZZ",
                           "2026-02-30T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T09:02:61Z",
                           "2026-11-20X09:02:10Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "2026-11-20T09:02:10.1234567890123456789Z",
                           "9999-12-31T23:59:59-00:01",
                           "20 Nov 2026 09:02:10 GMT",
                           "+026-11-20T09:02:10Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(canon::Value(text), TimeFormat::rfc3339));
  }
  for (const char* text : {"", "-1", "1e9", "1795166530.", ".5", "0x10", " 1", "1 ", "9999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(canon::Value(text), TimeFormat::epoch_seconds));
  }
  CHECK_FALSE(parse_time(canon::Value(-1), TimeFormat::epoch_seconds));
  CHECK_FALSE(parse_time(canon::Value(std::int64_t{253'402'300'800}), TimeFormat::epoch_seconds));
  CHECK_FALSE(parse_time(canon::Value(1795166530), TimeFormat::rfc3339));
  CHECK_FALSE(parse_time(canon::Value(), TimeFormat::epoch_seconds));
  CHECK_FALSE(parse_time(canon::Value(true), TimeFormat::epoch_milliseconds));
}
