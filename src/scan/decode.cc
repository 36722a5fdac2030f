#include "scan/decode.h"

#include "base/bytes.h"
#include "scan/inflate.h"
#include "scan/repeats.h"
#include "scan/signs.h"
#include "scan/unescape.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace sallyport::scan {
namespace {

using Take = std::function<bool(const Run&)>;

constexpr std::size_t base64_run_min = 8;
constexpr std::size_t base64_glued_min = 16; // a shorter run has nothing in front of it
constexpr std::size_t base64_line_min = 40;  // a shorter line does not go on in the next one
constexpr std::size_t blob_min = 64;         // decoded bytes that are read even when they are no text
constexpr std::size_t hex_run_min = 12;
constexpr std::size_t wide_units_min = 4;
constexpr std::size_t text_min = 6; // printable characters in a row that make decoded bytes text

// The value of a character in either alphabet of RFC 4648, or -1.
constexpr auto base64_value = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  table['-'] = 62;
  table['_'] = 63;
  return table;
}();

constexpr auto hex_digit = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 16; ++i) {
    table[static_cast<std::size_t>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
    table[static_cast<std::size_t>("0123456789ABCDEF"[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}();

bool printable(unsigned char c) {
  return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\r' || c == '\t';
}

// Whether decoded bytes are worth a look. Random bytes hardly ever are: so ordinary words, which are
// also base64, cost a decode and no scan.
bool worth_reading(std::string_view bytes) {
  std::size_t plain = 0;
  std::size_t low = 0;
  std::size_t stretch = 0;
  std::size_t longest = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (printable(byte)) {
      ++plain;
      longest = std::max(longest, ++stretch);
    } else {
      stretch = 0;
      low += byte < 6;
    }
  }
  if (longest >= text_min && (longest * 2 >= bytes.size() || plain * 4 >= bytes.size() * 3)) {
    return true;
  }
  const bool utf16 = bytes.size() >= 2 * wide_units_min && low * 5 >= bytes.size() * 2;
  return utf16 || looks_compressed(bytes) || (low == 0 && bytes.size() >= text_min && is_utf8(bytes));
}

// Without an early end, which compilers make a few instructions of.
bool has_low_byte(std::string_view bytes) {
  bool any = false;
  for (const char c : bytes) {
    any |= static_cast<unsigned char>(c) < 6;
  }
  return any;
}

struct Wide {
  Encoding encoding;
  std::size_t width;
  bool big; // the upper bytes come first
};

constexpr Wide wide_forms[] = {{Encoding::utf16le, 2, false},
                               {Encoding::utf16be, 2, true},
                               {Encoding::utf32le, 4, false},
                               {Encoding::utf32be, 4, true}};

class Decoder {
public:
  Decoder(std::string_view layer, const Take& take) : layer_(layer), take_(take), signs_(signs_of(layer)) {}

  void base64() {
    std::size_t done = 0;
    for_stretches<base64_run_min>(signs_.base64, [&](std::size_t from) {
      if (from < done) {
        return true;
      }
      std::size_t line = from;
      for (;;) {
        done = signs_.base64.next_unset(line, layer_.size());
        const std::size_t next = done < layer_.size() ? next_line(done) : 0;
        if (done - line < base64_line_min || next == 0) {
          break;
        }
        line = next;
      }
      base64_run(from, done);
      return open_;
    });
  }

  void hex() {
    for_stretches<hex_run_min>(signs_.hex, [&](std::size_t from) {
      const std::size_t until = signs_.hex.next_unset(from, layer_.size());
      // An odd digit may stand before or behind; a pair is tried in both phases, as glue may be even.
      for (const std::size_t phase : {0U, 1U}) {
        text_.clear();
        for (std::size_t i = from + phase; i + 1 < until; i += 2) {
          text_ += static_cast<char>(hex_digit[static_cast<unsigned char>(layer_[i])] * 16 +
                                     hex_digit[static_cast<unsigned char>(layer_[i + 1])]);
        }
        if ((phase == 0 && text_.size() >= blob_min) || worth_reading(text_)) {
          give(Encoding::hex, from, until);
          break;
        }
      }
      return open_;
    });
  }

  void wide() {
    // No run without bytes below 6: the upper parts of Latin, Greek and Cyrillic.
    if (!has_low_byte(layer_)) {
      return;
    }
    for (const Wide& form : wide_forms) {
      // Only where the uppermost bytes of four units in a row can be such.
      const Bits& uppermost = form.width == 2 ? signs_.upper_half : signs_.nul;
      const std::size_t before = form.big ? 0 : form.width - 1;
      const auto beginnings = [&](std::size_t word) {
        std::uint64_t out = uppermost.at(word);
        for (unsigned i = 1; i < wide_units_min && out != 0; ++i) {
          out &= uppermost.behind(word, i * static_cast<unsigned>(form.width));
        }
        return out;
      };
      std::array<std::size_t, 4> done{}; // of each phase
      for_places(uppermost.words(), beginnings, [&](std::size_t place) {
        const std::size_t from = place - std::min(place, before);
        std::size_t& until = done[from % form.width];
        if (place < before || from < until) {
          return true;
        }
        for (until = from; until + form.width <= layer_.size() && is_unit(form, unit(form, until));) {
          until += form.width;
        }
        if (until - from >= form.width * wide_units_min) {
          wide_run(form, from, until);
        }
        return open_;
      });
    }
  }

private:
  // Where at least `size` signs of a class in a row begin.
  template <std::size_t size, class Visit> void for_stretches(const Bits& bits, Visit&& visit) const {
    const auto beginnings = [&](std::size_t word) {
      std::uint64_t out = bits.at(word) & ~bits.before(word);
      for (unsigned i = 1; i < size && out != 0; ++i) {
        out &= bits.behind(word, i);
      }
      return out;
    };
    for_places(bits.words(), beginnings, visit);
  }

  int value(std::size_t at) const { return base64_value[static_cast<unsigned char>(layer_[at])]; }

  // Where the next line of a broken run begins, if `at` is a line break before base64; else 0.
  std::size_t next_line(std::size_t at) const {
    const std::size_t next = layer_.substr(at, 2) == "\r\n" ? at + 2 : layer_[at] == '\n' ? at + 1 : 0;
    return next != 0 && next < layer_.size() && value(next) >= 0 ? next : 0;
  }

  void base64_decode(std::size_t from, std::size_t until) {
    text_.resize_and_overwrite((until - from) * 3 / 4, [&](char* out, std::size_t) {
      std::size_t size = 0;
      std::uint32_t bits = 0;
      int held = 0;
      for (std::size_t i = from; i < until; ++i) {
        const int v = value(i);
        if (v < 0) {
          continue; // a line break
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(v);
        held += 6;
        if (held >= 8) {
          held -= 8;
          out[size++] = static_cast<char>(bits >> held);
        }
      }
      return size;
    });
  }

  // Text may stand right before a run, so all four alignments of a longer one are tried; then the pieces
  // between the signs of the alphabet that are also punctuation.
  void base64_run(std::size_t from, std::size_t until) {
    bool given = false;
    const std::size_t alignments = until - from >= base64_glued_min ? 4 : 1;
    for (std::size_t skip = 0; skip < alignments; ++skip) {
      base64_decode(from + skip, until);
      if ((skip == 0 && text_.size() >= blob_min) || worth_reading(text_)) {
        given |= worth_reading(text_);
        give(spelling(from, until), from, until);
      }
    }
    if (given) {
      return;
    }
    for (std::size_t piece = from; piece < until && open_;) {
      std::size_t end = piece;
      while (end < until && value(end) < 62 && value(end) >= 0) {
        ++end;
      }
      if (end - piece >= base64_run_min && end - piece < until - from) {
        base64_decode(piece, end);
        if (worth_reading(text_)) {
          give(spelling(piece, end), piece, end);
        }
      }
      piece = end + 1;
    }
  }

  Encoding spelling(std::size_t from, std::size_t until) const {
    const std::string_view run = layer_.substr(from, until - from);
    const bool url = run.find_first_of("-_") != std::string_view::npos;
    return url && run.find_first_of("+/") == std::string_view::npos ? Encoding::base64url : Encoding::base64;
  }

  std::uint32_t unit(const Wide& form, std::size_t at) const {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < form.width; ++i) {
      const std::size_t byte = form.big ? at + i : at + form.width - 1 - i;
      out = out << 8 | static_cast<unsigned char>(layer_[byte]);
    }
    return out;
  }

  // Of four bytes any character will do: binary data hardly ever is one. Of two, those of names and tokens.
  static bool is_unit(const Wide& form, std::uint32_t c) {
    if (c < 0x100) {
      return printable(static_cast<unsigned char>(c)) || c >= 0xA0;
    }
    if (form.width == 4) {
      return c <= 0x10FFFF && utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(c));
    }
    const bool dash_or_invisible = (c >= 0x200B && c <= 0x2015) || (c >= 0x2060 && c <= 0x2064);
    const bool full_width = c >= 0xFF00 && c <= 0xFF5E;
    return c < 0x600 || dash_or_invisible || full_width;
  }

  void wide_run(const Wide& form, std::size_t from, std::size_t until) {
    text_.clear();
    origin_.clear();
    bool latin = true;
    for (std::size_t i = from; i < until; i += form.width) {
      const std::uint32_t c = unit(form, i);
      latin &= c < 0x100;
      utf8proc_uint8_t bytes[4];
      const auto size =
          static_cast<std::size_t>(utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes));
      text_.append(reinterpret_cast<const char*>(bytes), size);
      origin_.insert(origin_.end(), size, static_cast<std::uint32_t>(i));
    }
    origin_.push_back(static_cast<std::uint32_t>(until));
    // Read as little-endian already, a byte later, unless the bytes that its last character needs are not
    // there.
    const std::string_view behind = layer_.substr(until, form.width - 1);
    if (form.big && latin && behind.size() == form.width - 1 &&
        behind.find_first_not_of('\0') == std::string_view::npos) {
      return;
    }
    open_ =
        open_ &&
        take_({.encoding = form.encoding, .from = from, .until = until, .bytes = text_, .origin = &origin_});
  }

  void give(Encoding encoding, std::size_t from, std::size_t until) {
    open_ = open_ && take_({.encoding = encoding, .from = from, .until = until, .bytes = text_});
  }

  std::string_view layer_;
  const Take& take_;
  Signs signs_;
  std::string text_;
  std::vector<std::uint32_t> origin_;
  bool open_ = true;
};

// Takes the runs of a stretch of a layer that begins at `by`.
Take moved(std::size_t by, const Take& take) {
  if (by == 0) {
    return take;
  }
  return [by, &take](const Run& run) {
    std::vector<std::uint32_t> origin;
    if (run.origin != nullptr) {
      for (const std::uint32_t at : *run.origin) {
        origin.push_back(static_cast<std::uint32_t>(at + by));
      }
    }
    return take({.encoding = run.encoding,
                 .from = run.from + by,
                 .until = run.until + by,
                 .bytes = run.bytes,
                 .origin = run.origin == nullptr ? nullptr : &origin});
  };
}

} // namespace

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
  case Encoding::base64:
    return "base64";
  case Encoding::base64url:
    return "base64url";
  case Encoding::hex:
    return "hex";
  case Encoding::percent:
    return "percent";
  case Encoding::unicode_escape:
    return "unicode_escape";
  case Encoding::html_entity:
    return "html_entity";
  case Encoding::gzip:
    return "gzip";
  case Encoding::zlib:
    return "zlib";
  case Encoding::zip:
    return "zip";
  case Encoding::zstd:
    return "zstd";
  case Encoding::ignorable:
    return "ignorable";
  case Encoding::utf16le:
    return "utf16le";
  case Encoding::utf16be:
    return "utf16be";
  case Encoding::utf32le:
    return "utf32le";
  case Encoding::utf32be:
    return "utf32be";
  }
  return "";
}

void decode_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                 const std::function<void(const Run&)>& take) {
  const Take counted = [&](const Run& run) {
    if (spent.decoding_ended || spent.runs >= budgets.runs ||
        spent.decoded_bytes + run.bytes.size() > budgets.decoded_bytes) {
      spent.decoding_ended = true;
      return false;
    }
    ++spent.runs;
    spent.decoded_bytes += run.bytes.size();
    take(run);
    return !spent.decoding_ended;
  };
  const std::vector<Stretch> stretches = without_repeats(layer);
  for (const Stretch& stretch : stretches) {
    unescape_runs(layer.substr(stretch.from, stretch.until - stretch.from), moved(stretch.from, counted));
  }
  inflate_runs(layer, budgets, spent, counted);
  for (const Stretch& stretch : stretches) {
    const Take take_moved = moved(stretch.from, counted);
    Decoder decoder(layer.substr(stretch.from, stretch.until - stretch.from), take_moved);
    decoder.wide();
    decoder.hex();
    decoder.base64();
  }
}

} // namespace sallyport::scan
