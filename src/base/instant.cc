#include "base/instant.h"

#include <chrono>
#include <fmt/format.h>

namespace sallyport {
namespace {

using namespace std::chrono;

// -1 where the text is not `width` digits.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

} // namespace

std::string to_string(Instant t) {
  const sys_time<milliseconds> point{milliseconds{t.ms}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss time{point - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

Result<Instant> parse_instant(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::malformed, "", "expected an instant like 2026-11-20T12:10:00.000Z");
  };
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  if (text.size() != shape.size()) {
    return bad();
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != '0' && text[i] != shape[i]) {
      return bad();
    }
  }
  const int y = digits(text, 0, 4);
  const int mo = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  const int h = digits(text, 11, 2);
  const int mi = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  const int ms = digits(text, 20, 3);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || s < 0 || ms < 0 || h > 23 || mi > 59 || s > 59) {
    return bad();
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) {
    return bad();
  }
  const auto point = sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms};
  return Instant{duration_cast<milliseconds>(point.time_since_epoch()).count()};
}

std::string to_words(Duration d) {
  struct Unit {
    std::int64_t ms;
    const char* name;
  };

  for (const Unit unit : {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1'000, "s"}}) {
    if (d.ms != 0 && d.ms % unit.ms == 0) {
      return fmt::format("{}{}", d.ms / unit.ms, unit.name);
    }
  }
  return fmt::format("{}ms", d.ms);
}

} // namespace sallyport
