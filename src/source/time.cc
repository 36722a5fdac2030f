#include "source/time.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace sallyport::source {
namespace {

constexpr Instant latest{253'402'300'799'999}; // 9999-12-31T23:59:59.999Z
constexpr std::size_t fraction_digits_max = 18;

std::unexpected<Error> malformed(const char* message) {
  return fail(ErrorCode::malformed, "", message);
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The first three digits of a fraction, padded on the right.
std::string milliseconds(std::string_view fraction) {
  std::string out(fraction.substr(0, 3));
  out.resize(3, '0');
  return out;
}

Result<Instant> in_range(Instant t) {
  if (t < Instant{} || t > latest) {
    return malformed("an instant before 1970 or after 9999");
  }
  return t;
}

// "Z" or "+hh:mm" (RFC 3339 section 5.6).
std::optional<Duration> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return Duration{};
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
      !is_digits(text.substr(1, 2)) || !is_digits(text.substr(4, 2))) {
    return std::nullopt;
  }
  const int hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
  if (hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t ms = (std::int64_t{hours} * 60 + minutes) * 60'000;
  return Duration{text[0] == '-' ? -ms : ms};
}

// Brings the text into our own spelling, which base reads and checks, and then takes the offset off.
Result<Instant> parse_rfc3339(std::string_view text) {
  constexpr std::size_t seconds_end = 19; // "2026-11-20T12:10:00"
  if (text.size() <= seconds_end || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) {
    return malformed("expected an instant as RFC 3339 writes it");
  }
  std::string_view rest = text.substr(seconds_end);
  std::string fraction = "000";
  if (rest.front() == '.') {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    const std::string_view digits = rest.substr(1, end - 1);
    if (digits.empty() || digits.size() > fraction_digits_max) {
      return malformed("expected an instant as RFC 3339 writes it");
    }
    fraction = milliseconds(digits);
    rest.remove_prefix(end);
  }
  const std::optional<Duration> offset = parse_offset(rest);
  if (!offset) {
    return malformed("expected an instant with its offset from UTC");
  }
  std::string ours(text.substr(0, seconds_end));
  ours[10] = 'T';
  if (ours.ends_with(":60")) {
    ours.replace(ours.size() - 2, 2, "59");
    fraction = "999";
  }
  SP_TRY(const Instant local, parse_instant(ours + "." + fraction + "Z"));
  return in_range(local - *offset);
}

// Decimal text without sign or exponent, as a count of milliseconds.
Result<Instant> parse_epoch(std::string_view text, TimeFormat unit) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == text.size() ? std::string_view("0") : text.substr(dot + 1);
  if (!is_digits(whole) || whole.size() > 15 || !is_digits(fraction) ||
      fraction.size() > fraction_digits_max) {
    return malformed("expected the time since 1970 as a number");
  }
  const std::string ms =
      std::string(whole) + (unit == TimeFormat::epoch_seconds ? milliseconds(fraction) : "");
  Instant t;
  if (std::from_chars(ms.data(), ms.data() + ms.size(), t.ms).ec != std::errc()) {
    return malformed("expected the time since 1970 as a number");
  }
  return in_range(t);
}

} // namespace

Result<Instant> parse_time(const canon::Value& value, TimeFormat format) {
  const std::string* text = value.string();
  switch (format) {
  case TimeFormat::rfc3339:
    return text == nullptr ? malformed("expected an instant as RFC 3339 writes it") : parse_rfc3339(*text);
  case TimeFormat::epoch_seconds:
  case TimeFormat::epoch_milliseconds:
    if (const std::int64_t* number = value.integer()) {
      return parse_epoch(std::to_string(*number), format);
    }
    return text == nullptr ? malformed("expected the time since 1970 as a number")
                           : parse_epoch(*text, format);
  case TimeFormat::utc:
    // A text with an offset has two of them now, which is refused.
    return text == nullptr ? malformed("expected an instant in UTC without an offset")
                           : parse_rfc3339(*text + "Z");
  }
  SP_ASSERT(false);
}

} // namespace sallyport::source
