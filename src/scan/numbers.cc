#include "scan/numbers.h"

#include "scan/signs.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace sallyport::scan {
namespace {

enum RuleIndex : std::size_t { card, iban, uuid, ipv4, ipv6, mac, imei, phone, ssn };

// In the order of RuleIndex, which is the order of the ids.
constexpr Rule rules[] = {
    {"customer.card", Detector::customer_identifier, "financial", RuleKind::checksum},
    {"customer.iban", Detector::customer_identifier, "financial", RuleKind::checksum},
    {"document.uuid", Detector::document_identifier, "reference", RuleKind::checksum},
    {"network.ipv4", Detector::network_address, "technical", RuleKind::checksum},
    {"network.ipv6", Detector::network_address, "technical", RuleKind::checksum},
    {"network.mac", Detector::network_address, "technical", RuleKind::checksum},
    {"person.imei", Detector::person_identifier, "person_identity", RuleKind::checksum},
    {"person.phone", Detector::person_identifier, "person_identity", RuleKind::checksum},
    {"person.us_ssn", Detector::person_identifier, "person_identity", RuleKind::checksum},
};
static_assert(std::ranges::is_sorted(rules, {}, &Rule::id));

// Kinds of characters in one load each: this pass sees every byte of every input.
enum : std::uint8_t { is_digit = 1, is_upper = 2, is_hex = 4, is_alnum = 8 };

constexpr auto kinds = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool d = c >= '0' && c <= '9';
    const bool u = c >= 'A' && c <= 'Z';
    const bool l = c >= 'a' && c <= 'z';
    const bool h = d || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    table[c] = static_cast<std::uint8_t>((d ? is_digit : 0) | (u ? is_upper : 0) | (h ? is_hex : 0) |
                                         (d || u || l ? is_alnum : 0));
  }
  return table;
}();

constexpr std::uint8_t kind(char c) {
  return kinds[static_cast<unsigned char>(c)];
}

constexpr bool digit(char c) {
  return (kind(c) & is_digit) != 0;
}

constexpr bool upper(char c) {
  return (kind(c) & is_upper) != 0;
}

constexpr bool hex(char c) {
  return (kind(c) & is_hex) != 0;
}

constexpr bool alnum(char c) {
  return (kind(c) & is_alnum) != 0;
}

// What a country's IBAN counts, from the SWIFT registry.
struct Country {
  char name[3];
  std::uint8_t length;
};

constexpr Country countries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
    {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
    {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
    {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
};

// Issuer ranges and lengths of the large schemes.
bool is_card(std::string_view digits) {
  const auto prefix = [&](std::size_t n) {
    int value = 0;
    for (const char c : digits.substr(0, n)) {
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const std::size_t n = digits.size();
  const int p2 = prefix(2);
  const int p4 = prefix(4);
  const bool known = (digits[0] == '4' && (n == 13 || n == 16 || n == 19)) ||
                     (n == 16 && ((p2 >= 51 && p2 <= 55) || (p4 >= 2221 && p4 <= 2720))) ||
                     (n == 15 && (p2 == 34 || p2 == 37)) ||
                     (n >= 16 && ((p4 >= 3528 && p4 <= 3589) || p4 == 6011 || p2 == 65 || p2 == 62 ||
                                  (prefix(3) >= 644 && prefix(3) <= 649))) ||
                     (n == 14 && (p2 == 36 || p2 == 38 || (prefix(3) >= 300 && prefix(3) <= 305))) ||
                     (n >= 13 && (p2 == 50 || (p2 >= 56 && p2 <= 58) || p2 == 63 || p2 == 67));
  return known && luhn(digits);
}

class Reader {
public:
  Reader(std::string_view text, const TakeMatch& take) : text_(text), take_(take) {}

  void run_by_byte() {
    bool edge = true; // no letter or digit stands before
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const char c = text_[at];
      if (edge || c == '+') {
        look(at);
      }
      edge = !alnum(c);
    }
  }

  void run() {
    const Signs signs = signs_of(text_);
    for_places(
        signs.alnum.words(), [&](std::size_t word) { return beginnings(signs, word); },
        [&](std::size_t at) {
          look(at);
          return true;
        });
  }

private:
  // Where a number can begin, by what the first few characters are. Of a run of digits or hex digits it is
  // enough to see that it is long enough, and what may follow: the rest is for the reading.
  static std::uint64_t beginnings(const Signs& signs, std::size_t word) {
    const auto digit_at = [&](unsigned i) { return signs.digit.behind(word, i); };
    const auto hex_at = [&](unsigned i) { return signs.hex.behind(word, i); };
    const auto dot_at = [&](unsigned i) { return signs.dot.behind(word, i); };
    const auto colon_at = [&](unsigned i) { return signs.colon.behind(word, i); };
    const auto dash_at = [&](unsigned i) { return signs.dash.behind(word, i); };
    const auto separator_at = [&](unsigned i) { return dash_at(i) | signs.space.behind(word, i); };
    const std::uint64_t digit = signs.digit.at(word);
    const std::uint64_t iban = signs.upper.at(word) & signs.upper.behind(word, 1) & digit_at(2) & digit_at(3);
    const std::uint64_t octets = dot_at(1) | (digit_at(1) & (dot_at(2) | (digit_at(2) & dot_at(3))));
    std::uint64_t long_run = digit_at(4);
    for (unsigned i = 5; i < 13; ++i) {
      long_run &= digit_at(i);
    }
    const std::uint64_t groups =
        digit_at(1) &
        (separator_at(2) | (digit_at(2) & (separator_at(3) | (digit_at(3) & (separator_at(4) | long_run)))));
    const std::uint64_t uuid = hex_at(4) & hex_at(5) & hex_at(6) & hex_at(7) & dash_at(8);
    const std::uint64_t hexes =
        colon_at(1) |
        (hex_at(1) & (colon_at(2) | dash_at(2) |
                      (hex_at(2) & (colon_at(3) | (hex_at(3) & (colon_at(4) | dot_at(4) | uuid))))));
    const std::uint64_t edge = ~signs.alnum.before(word);
    const std::uint64_t colons = signs.colon.at(word) & colon_at(1);
    return (signs.plus.at(word) & digit_at(1)) |
           (edge & (iban | colons | (digit & (octets | groups)) | (signs.hex.at(word) & hexes)));
  }

  // What may begin at `at`, where a '+' or an edge is.
  void look(std::size_t at) {
    const char c = text_[at];
    if (c == '+') {
      read_phone(at);
    } else if (c == ':') {
      if (peek(at + 1) == ':') {
        read_ipv6(at);
      }
    } else if ((kind(c) & (is_hex | is_upper)) != 0) {
      read_run(at);
    }
  }

  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  char before(std::size_t at) const { return at > 0 ? text_[at - 1] : '\0'; }

  void found(RuleIndex rule, std::size_t from, std::size_t until, Confidence confidence) {
    take_({.rule = &rules[rule], .from = from, .until = until, .confidence = confidence});
  }

  template <class F> std::size_t run_of(std::size_t at, std::size_t most, F&& belongs) const {
    std::size_t n = 0;
    while (n < most && at + n < text_.size() && belongs(text_[at + n])) {
      ++n;
    }
    return n;
  }

  // Decides by the first run of digits or hex digits, and by what follows it.
  void read_run(std::size_t at) {
    if (upper(text_[at]) && upper(peek(at + 1)) && digit(peek(at + 2)) && digit(peek(at + 3))) {
      read_iban(at);
    }
    const std::size_t digits = run_of(at, 20, digit);
    const std::size_t hexes = run_of(at, 20, hex);
    const char next = peek(at + hexes);
    if (digits == hexes) {
      if (digits >= 13 && digits <= 19) {
        read_groups(at);
      } else if ((digits == 4 || digits == 2 || digits == 3) && (next == '-' || next == ' ')) {
        read_groups(at);
      } else if (digits >= 1 && digits <= 3 && next == '.') {
        read_ipv4(at);
      }
    }
    if (hexes == 8 && next == '-') {
      read_uuid(at);
    } else if (hexes == 2 && (next == ':' || next == '-')) {
      read_mac(at, next, 2, 6);
    } else if (hexes == 4 && next == '.') {
      read_mac(at, next, 4, 3);
    }
    if (hexes >= 1 && hexes <= 4 && next == ':') {
      read_ipv6(at);
    }
  }

  // Digits in groups, all with one separator: cards, IMEI, social security numbers.
  void read_groups(std::size_t at) {
    if (before(at) == '.' || ((before(at) == '-' || before(at) == '+') && at >= 2 && alnum(text_[at - 2]))) {
      return;
    }
    std::string digits;
    std::string shape;
    char separator = '\0';
    std::size_t end = at;
    while (shape.size() < 6) {
      const std::size_t n = run_of(end, 20, digit);
      digits.append(text_, end, n);
      shape += static_cast<char>('a' + n);
      end += n;
      const char next = peek(end);
      if ((next != ' ' && next != '-') || !digit(peek(end + 1)) || (separator != '\0' && next != separator)) {
        break;
      }
      separator = next;
      ++end;
      // A complete card before more groups, as in "4111 1111 1111 1111 2027".
      if (shape == "eeee" && separator == ' ' && is_card(digits)) {
        --end;
        break;
      }
    }
    const char next = peek(end);
    if (alnum(next) || next == '_' || (next == '.' && digit(peek(end + 1)))) {
      return;
    }
    const bool card_shape =
        shape.size() == 1 || shape == "eeee" || shape == "egf" || shape == "eeeed" || shape == "ege";
    if (card_shape && digits.size() >= 13 && digits.size() <= 19 && is_card(digits)) {
      found(card, at, end, Confidence::high);
    } else if (shape == "cggb" && luhn(digits)) {
      found(imei, at, end, Confidence::high);
    } else if (shape == "dce" && separator == '-') {
      const bool valid = digits[0] != '9' && !digits.starts_with("000") && !digits.starts_with("666") &&
                         digits.substr(3, 2) != "00" && digits.substr(5) != "0000";
      if (valid && before(at) != '-') {
        found(ssn, at, end, Confidence::medium);
      }
    }
  }

  void read_iban(std::size_t at) {
    std::string compact;
    std::size_t end = at;
    const auto* country = std::ranges::find_if(
        countries, [&](const Country& c) { return c.name[0] == text_[at] && c.name[1] == text_[at + 1]; });
    if (country == std::end(countries)) {
      return;
    }
    while (compact.size() < country->length && end < text_.size()) {
      const char c = text_[end];
      if (upper(c) || digit(c)) {
        compact += c;
      } else if (c != ' ' || compact.size() % 4 != 0) {
        return;
      }
      ++end;
    }
    if (!alnum(peek(end)) && is_iban(compact)) {
      found(iban, at, end, Confidence::high);
    }
  }

  void read_ipv4(std::size_t at) {
    if (before(at) == '.' || before(at) == '_' || (before(at) == '-' && at >= 2 && alnum(text_[at - 2]))) {
      return;
    }
    std::array<int, 4> octets{};
    std::size_t end = at;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t n = run_of(end, 4, digit);
      if (n == 0 || n > 3 || (n > 1 && text_[end] == '0')) {
        return;
      }
      octets[i] = std::stoi(std::string(text_.substr(end, n)));
      end += n;
      if (octets[i] > 255 || (i < 3 && peek(end++) != '.')) {
        return;
      }
    }
    if (alnum(peek(end)) || peek(end) == '_' || (peek(end) == '.' && alnum(peek(end + 1))) ||
        (peek(end) == '-' && alnum(peek(end + 1)))) {
      return;
    }
    const bool special = octets[0] == 0 || octets[0] == 127 || octets[0] >= 224;
    if (!special) {
      found(ipv4, at, end, Confidence::medium);
    }
  }

  void read_ipv6(std::size_t at) {
    if (before(at) == ':' || before(at) == '_') {
      return;
    }
    std::size_t n = run_of(at, 46, [](char c) { return hex(c) || c == ':' || c == '.'; });
    while (n > 0 && text_[at + n - 1] == '.') {
      --n;
    }
    if (n > 45 || alnum(peek(at + n)) || peek(at + n) == '_') {
      return;
    }
    const std::string address(text_.substr(at, n));
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
      return;
    }
    // "a::b" and "1::2" are names in programs more often than addresses; :: and ::1 name no host.
    const auto groups = std::ranges::count_if(std::array{0, 2, 4, 6, 8, 10, 12, 14}, [&](int i) {
      return bytes[static_cast<std::size_t>(i)] != 0 || bytes[static_cast<std::size_t>(i) + 1] != 0;
    });
    const bool routed = (bytes[0] & 0xE0) == 0x20 || (bytes[0] & 0xFE) == 0xFC || bytes[0] == 0xFE;
    if (groups >= 3 || (routed && groups >= 2)) {
      found(ipv6, at, at + n, Confidence::high);
    }
  }

  void read_uuid(std::size_t at) {
    constexpr std::array<std::size_t, 5> groups{8, 4, 4, 4, 12};
    std::size_t end = at;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (run_of(end, 20, hex) != groups[i] || (i < 4 && peek(end + groups[i]) != '-')) {
        return;
      }
      end += groups[i] + (i < 4 ? 1 : 0);
    }
    if (!alnum(peek(end)) && text_.substr(at, end - at).find_first_not_of("0-") != std::string_view::npos) {
      found(uuid, at, end, Confidence::low);
    }
  }

  void read_mac(std::size_t at, char separator, std::size_t width, std::size_t count) {
    if (before(at) == separator || before(at) == ':') {
      return;
    }
    std::size_t end = at;
    std::string digits;
    for (std::size_t i = 0; i < count; ++i) {
      if (run_of(end, 20, hex) != width || (i + 1 < count && peek(end + width) != separator)) {
        return;
      }
      digits.append(text_, end, width);
      end += width + (i + 1 < count ? 1 : 0);
    }
    const bool one_value = digits.find_first_not_of("0") == std::string::npos ||
                           digits.find_first_not_of("fF") == std::string::npos;
    if (!one_value && !alnum(peek(end)) && peek(end) != separator &&
        digits.find_first_of("0123456789") != std::string::npos) {
      found(mac, at, end, Confidence::medium);
    }
  }

  // E.164 with its '+': 8 to 15 digits, single separators, brackets round an area code.
  void read_phone(std::size_t at) {
    if (alnum(before(at)) || before(at) == '+' || peek(at + 1) == '0' || !digit(peek(at + 1))) {
      return;
    }
    std::size_t digits = 0;
    std::size_t until = at;
    std::size_t signs = 0;
    for (std::size_t i = at + 1; i < text_.size(); ++i) {
      const char c = text_[i];
      if (digit(c)) {
        ++digits;
        until = i + 1;
        signs = 0;
      } else if ((c != ' ' && c != '-' && c != '.' && c != '(' && c != ')') || ++signs > 2) {
        break;
      }
      if (digits > 15) {
        return;
      }
    }
    if (digits >= 8 && !alnum(peek(until))) {
      found(phone, at, until, Confidence::medium);
    }
  }

  std::string_view text_;
  const TakeMatch& take_;
};

} // namespace

bool luhn(std::string_view text) {
  int sum = 0;
  bool twice = false;
  for (auto at = text.rbegin(); at != text.rend(); ++at) {
    if (!digit(*at)) {
      continue;
    }
    const int value = (*at - '0') * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

bool is_iban(std::string_view text) {
  const auto* country = std::ranges::find_if(
      countries, [&](const Country& c) { return text.substr(0, 2) == std::string_view(c.name, 2); });
  if (country == std::end(countries) || text.size() != country->length) {
    return false;
  }
  int remainder = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    if (!digit(c) && !upper(c)) {
      return false;
    }
    remainder = digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder == 1;
}

void find_numbers(std::string_view text, const TakeMatch& take) {
  Reader(text, take).run();
}

void find_numbers_by_byte(std::string_view text, const TakeMatch& take) {
  Reader(text, take).run_by_byte();
}

std::span<const Rule> number_rules() {
  return rules;
}

} // namespace sallyport::scan
