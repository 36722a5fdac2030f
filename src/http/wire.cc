#include "http/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sallyport::http {
namespace {

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_value_char(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet == '\t' || (octet >= 0x20 && octet != 0x7F);
}

bool is_ours(std::string_view name) {
  return name == "content-length" || name == "connection" || name == "date" || name == "transfer-encoding";
}

// IMF-fixdate (RFC 9110 section 5.6.7). One thread writes heads; each second is formatted once.
const std::string& http_date(std::time_t now) {
  thread_local std::time_t written = -1;
  thread_local std::string text;
  if (now != written) {
    constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    text =
        fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(utc.tm_wday)],
                    utc.tm_mday, months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                    utc.tm_hour, utc.tm_min, utc.tm_sec);
    written = now;
  }
  return text;
}

} // namespace

bool has_content(int status) {
  return status >= 200 && status != 204 && status != 304;
}

bool can_send(const Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::ranges::all_of(response.headers, [](const Headers::Field& field) {
           return !field.first.empty() && std::ranges::all_of(field.first, is_token_char) &&
                  std::ranges::all_of(field.second, is_value_char);
         });
}

std::string write_head(const Response& response, bool keep_alive, std::time_t now) {
  std::string out;
  out.reserve(256);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\ndate: {}\r\n", response.status,
                 reason(response.status), http_date(now));
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name)) {
      out.append(name).append(": ").append(value).append("\r\n");
    }
  }
  if (has_content(response.status) && response.stream == nullptr) {
    fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", response.body.size());
  }
  out += keep_alive ? "\r\n" : "connection: close\r\n\r\n";
  return out;
}

} // namespace sallyport::http
