#include "scan/document.h"

#include "base/limits.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "scan/automaton.h"
#include "scan/broken.h"
#include "scan/patterns.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>

namespace sallyport::scan {

// Walks a document under one budget.
class DocumentScan {
public:
  using Secrets = std::set<std::string>;

  // `secrets`, where given, receives the values of findings of class `secret`.
  DocumentScan(const Scanner& scanner, Spent& spent, Secrets* secrets = nullptr)
      : scanner_(scanner), spent_(spent) {
    if (secrets != nullptr) {
      witness_ = [secrets](const Finding& finding, std::string_view value) {
        if (finding.klass == secret_class) {
          secrets->emplace(value);
        }
      };
    }
  }

  void document(const canon::Value& root) {
    value(root, "");
    across(texts_);
    if (const std::vector<Text> direct = children(0, ""); direct.size() != texts_.size()) {
      across(direct);
    }
    continued();
  }

  void text(std::string_view text, const std::string& pointer, Place place) {
    ScanResult result = scanner_.scan_within(spent_, text, witness_);
    bytes_ += result.bytes_scanned;
    for (Finding& finding : result.findings) {
      findings_.push_back({pointer, place, std::move(finding)});
    }
  }

  DocumentResult finish(std::size_t size) {
    for (Finding& finding : Scanner::unfinished(spent_, size)) {
      findings_.push_back({"", Place::text, std::move(finding)});
    }
    return {std::move(findings_), spent_.complete(), bytes_};
  }

private:
  static constexpr std::size_t edge = 4096; // longer than a token, as long as a key

  struct Text {
    std::string_view text;
    std::string pointer;
    std::set<std::string> rules;  // found in it alone
    std::size_t secret_until = 0; // how far the secrets reach that were
  };

  // A value of our own formats (a SHA-256): it is no rest of a token, and hex follows every anchor well.
  static bool is_digest(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  }

  void value(const canon::Value& value, const std::string& pointer, std::string_view name = {}) {
    if (const auto* string = value.string()) {
      leaf(*string, pointer, name);
    } else if (const auto* integer = value.integer()) {
      text(std::to_string(*integer), pointer, Place::text);
    } else if (const auto* array = value.array()) {
      const std::size_t first = texts_.size();
      for (std::size_t i = 0; i < array->size(); ++i) {
        this->value((*array)[i], pointer + "/" + std::to_string(i), name);
      }
      below(first, pointer);
    } else if (const auto* object = value.object()) {
      const std::size_t first = texts_.size();
      for (const auto& [member, below] : *object) {
        const std::string at = pointer + "/" + canon::pointer_escape(member);
        text(member, at, Place::name);
        this->value(below, at, member);
      }
      below(first, pointer);
    }
  }

  void leaf(std::string_view string, const std::string& pointer, std::string_view name) {
    const std::size_t first = findings_.size();
    text(string, pointer, Place::text);
    if (names_a_credential(name)) {
      named(string, pointer, name, first);
    }
    Text entry{string, pointer, {}};
    for (std::size_t i = first; i < findings_.size(); ++i) {
      const Finding& finding = findings_[i].finding;
      entry.rules.insert(finding.rule);
      if (finding.klass == secret_class) {
        entry.secret_until = std::max(entry.secret_until, finding.until);
      }
    }
    texts_.push_back(std::move(entry));
  }

  // {"password": "x"} is read as password="x", which is what the rules know.
  void named(std::string_view string, const std::string& pointer, std::string_view name, std::size_t first) {
    const bool quotes = string.find('"') == std::string_view::npos;
    const std::string head = std::string(name) + (quotes ? "=\"" : "=");
    const ScanResult result =
        scanner_.scan_within(spent_, head + std::string(string) + (quotes ? "\"" : ""), witness_);
    bytes_ += result.bytes_scanned;
    for (Finding finding : result.findings) {
      if (finding.klass != secret_class || finding.until <= head.size()) {
        continue;
      }
      finding.from = std::max(finding.from, head.size()) - head.size();
      finding.until = std::min(finding.until - head.size(), string.size());
      const bool known = std::any_of(findings_.begin() + static_cast<std::ptrdiff_t>(first), findings_.end(),
                                     [&](const Located& l) { return l.finding.rule == finding.rule; });
      if (!known) {
        findings_.push_back({pointer, Place::text, std::move(finding)});
      }
    }
  }

  void below(std::size_t first, const std::string& pointer) {
    if (!pointer.empty()) { // the document as a whole comes last
      across(children(first, pointer));
    }
  }

  // The strings that are direct members of the container at `pointer`.
  std::vector<Text> children(std::size_t first, const std::string& pointer) const {
    std::vector<Text> out;
    for (std::size_t i = first; i < texts_.size(); ++i) {
      if (texts_[i].pointer.find('/', pointer.size() + 1) == std::string::npos) {
        out.push_back(texts_[i]);
      }
    }
    return out;
  }

  // Texts in a row. Of a long one only the edges are read: what is inside it has been read already.
  struct Joined {
    struct Piece {
      const Text* text;
      std::size_t offset; // in the text
      std::size_t from;   // in `bytes`
      std::size_t size;
    };

    std::string bytes;
    std::vector<Piece> pieces;

    Joined(const std::vector<Text>& texts, std::string_view seam) {
      for (const Text& text : texts) {
        if (text.text.size() > 2 * edge) {
          add(text, 0, edge);
          bytes += '\0';
          add(text, text.text.size() - edge, edge);
        } else {
          add(text, 0, text.text.size());
        }
        bytes += seam;
      }
    }

    void add(const Text& text, std::size_t offset, std::size_t size) {
      pieces.push_back({&text, offset, bytes.size(), size});
      bytes += text.text.substr(offset, size);
    }
  };

  // Reads `texts` as one: with seams for terms, and without for tokens and encodings.
  void across(const std::vector<Text>& texts) {
    if (texts.size() < 2) {
      return;
    }
    const Joined seamed(texts, std::string_view(&field_seam, 1));
    bytes_ += seamed.bytes.size();
    for (const Dictionary& dictionary : scanner_.dictionaries_) {
      const Rule& rule = *rule_of_terms(dictionary.detector());
      dictionary.find(seamed.bytes, [&](std::size_t from, std::size_t until) {
        split(seamed, finding_of(rule, from, until, Confidence::high));
      });
    }
    const Joined glued(texts, "");
    std::vector<std::pair<Finding, std::string>> values;
    const ScanResult result =
        scanner_.scan_within(spent_, glued.bytes, [&](const Finding& finding, std::string_view value) {
          values.emplace_back(finding, value);
        });
    bytes_ += result.bytes_scanned;
    for (const auto& [finding, value] : values) {
      const bool term = finding.rule.starts_with("term.") && !finding.via.empty();
      if ((term || is_self_delimiting(finding.rule)) && split(glued, finding) && witness_) {
        witness_(finding, value);
      }
    }
  }

  // A credential that one text ends in the middle of, and any other goes on with: members have no order that
  // a reader must keep.
  void continued() {
    for (const Text& first : texts_) {
      const std::size_t skipped = first.text.size() - std::min(first.text.size(), edge);
      for (const std::size_t at :
           find_unfinished(first.text.substr(skipped), scanner_.rules().budgets(), spent_)) {
        if (skipped + at >= first.secret_until) { // what is a secret already needs no rest
          continued(first, skipped + at);
        }
      }
    }
  }

  void continued(const Text& first, std::size_t at) {
    const std::string_view tail = first.text.substr(at);
    for (const Text& second : texts_) {
      if (spent_.matching_ended) {
        return;
      }
      const auto found = &first == &second || is_digest(second.text)
                             ? std::nullopt
                             : read_on(tail, second.text.substr(0, edge), scanner_.rules().budgets(), spent_);
      if (!found || second.rules.contains(std::string(found->rule->id))) {
        continue;
      }
      const Finding finding = finding_of(*found->rule, at, first.text.size(), Confidence::medium);
      piece(first, finding);
      piece(second, finding_of(*found->rule, 0, found->until - tail.size(), Confidence::medium));
      if (witness_) {
        witness_(finding, found->value);
      }
    }
  }

  static Finding finding_of(const Rule& rule, std::size_t from, std::size_t until, Confidence confidence) {
    return {.detector = rule.detector,
            .rule = std::string(rule.id),
            .klass = std::string(rule.klass),
            .from = from,
            .until = until,
            .via = {},
            .confidence = confidence};
  }

  // Tokens whose alphabet and length are their own: two neighbours do not look like one by chance.
  static bool is_self_delimiting(std::string_view rule) {
    static constexpr std::string_view rules[] = {
        "secret.aws_key_id", "secret.github",      "secret.gitlab",    "secret.google", "secret.jwt",
        "secret.npm",        "secret.private_key", "secret.sallyport", "secret.slack",  "secret.stripe"};
    return std::ranges::find(rules, rule) != std::end(rules);
  }

  // Records a finding that lies in more than one text and in none of them alone: one for each of them.
  bool split(const Joined& joined, const Finding& finding) {
    const auto begin =
        std::prev(std::ranges::upper_bound(joined.pieces, finding.from, {}, &Joined::Piece::from));
    const auto end = std::ranges::lower_bound(joined.pieces, finding.until, {}, &Joined::Piece::from);
    const std::span<const Joined::Piece> pieces(begin, end);
    if (pieces.front().text == pieces.back().text) {
      return false;
    }
    // Behind a whole token the next text only looks like more of it; a key's armour has an end of its own.
    const bool ends_by_itself = finding.rule == "secret.private_key" || finding.klass != secret_class;
    if (!ends_by_itself && std::ranges::any_of(pieces, [&](const Joined::Piece& p) {
          return p.text->rules.contains(finding.rule);
        })) {
      return false;
    }
    const Joined::Piece& first = pieces.front();
    const bool known = first.offset + finding.from - first.from < first.text->secret_until;
    const bool digests =
        std::ranges::all_of(pieces.subspan(1), [](const auto& p) { return is_digest(p.text->text); });
    if (!ends_by_itself && (known || digests)) {
      return false;
    }
    bool fresh = false;
    for (const Joined::Piece& p : pieces) {
      Finding part = finding;
      part.from = p.offset + std::max(finding.from, p.from) - p.from;
      part.until = p.offset + std::min(finding.until, p.from + p.size) - p.from;
      fresh |= part.from < part.until && piece(*p.text, std::move(part));
    }
    return fresh;
  }

  // Of one rule, a text has one piece.
  bool piece(const Text& text, Finding finding) {
    if (!split_.emplace(text.pointer, finding.rule).second) {
      return false;
    }
    if (spent_.findings >= scanner_.rules().budgets().findings) {
      spent_.findings_ended = true;
      return false;
    }
    ++spent_.findings;
    findings_.push_back({text.pointer, Place::split, std::move(finding)});
    return true;
  }

  const Scanner& scanner_;
  Scanner::Witness witness_;
  Spent& spent_;
  std::vector<Located> findings_;
  std::vector<Text> texts_;
  std::set<std::pair<std::string, std::string>> split_; // pointers and rules
  std::size_t bytes_ = 0;
};

namespace {

DocumentResult scan_value_within(const Scanner& scanner, const canon::Value& value, Spent& spent) {
  DocumentScan scan(scanner, spent);
  scan.document(value);
  return scan.finish(0);
}

bool is_json(std::string_view bytes, std::string_view media_type) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return media_type.find("json") != std::string_view::npos ||
         (first != std::string_view::npos && (bytes[first] == '{' || bytes[first] == '['));
}

bool is_closed_container(std::string_view bytes) {
  using namespace std::string_view_literals;
  static constexpr std::string_view magics[] = {"\x28\xB5\x2F\xFD"sv, "\xFD\x37zXZ\0"sv, "BZh"sv,
                                                "7z\xBC\xAF\x27\x1C"sv, "Rar!\x1A\x07"sv};
  return std::ranges::any_of(magics, [&](std::string_view magic) { return bytes.starts_with(magic); });
}

// Whether any of the values stands in a text, in the clear or encoded.
class Taint {
public:
  Taint(const std::set<std::string>& values, const Budgets& budgets)
      : automaton_(words(values)), budgets_(budgets) {}

  bool in(std::string_view text, std::size_t depth = 0) {
    Automaton::State state = Automaton::start;
    for (const char c : text) {
      state = automaton_.step(state, static_cast<unsigned char>(c));
      if (Automaton::accepts(state)) {
        return true;
      }
    }
    bool found = false;
    if (depth < budgets_.depth) {
      decode_runs(text, budgets_, spent_, [&](const Run& run) { found = found || in(run.bytes, depth + 1); });
    }
    return found;
  }

  bool complete() const { return spent_.complete(); }

private:
  static std::vector<std::string> words(const std::set<std::string>& values) {
    constexpr std::size_t value_min = 6; // a shorter one is in every other text
    std::vector<std::string> out;
    std::ranges::copy_if(values, std::back_inserter(out),
                         [](const std::string& v) { return v.size() >= value_min; });
    return out;
  }

  Automaton automaton_;
  const Budgets& budgets_;
  Spent spent_;
};

using Targets = std::set<std::string>;

void find_tainted(Taint& taint, const canon::Value& value, const std::string& pointer, Targets& targets) {
  if (targets.contains(pointer)) {
    return;
  }
  if (const auto* string = value.string()) {
    if (taint.in(*string)) {
      targets.insert(pointer);
    }
  } else if (const auto* integer = value.integer()) {
    if (taint.in(std::to_string(*integer))) {
      targets.insert(pointer);
    }
  } else if (const auto* array = value.array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      find_tainted(taint, (*array)[i], pointer + "/" + std::to_string(i), targets);
    }
  } else if (const auto* object = value.object()) {
    for (const auto& [name, below] : *object) {
      if (taint.in(name)) {
        targets.insert(pointer);
        return;
      }
      find_tainted(taint, below, pointer + "/" + canon::pointer_escape(name), targets);
    }
  }
}

struct Replacement {
  const Targets& targets;
  ByteView key;
  std::vector<Withholding> list;

  canon::Value apply(const canon::Value& value, const std::string& pointer) {
    if (targets.contains(pointer)) {
      const std::string message = std::string(withheld_context) + canon::write(value);
      const Digest digest = crypto::hmac_sha256(key, as_bytes(message));
      list.push_back({pointer, std::string(secret_class), digest});
      return canon::Object{{"withheld", true}, {"class", secret_class}, {"digest", digest.hex()}};
    }
    if (const auto* array = value.array()) {
      canon::Array out;
      for (std::size_t i = 0; i < array->size(); ++i) {
        out.push_back(apply((*array)[i], pointer + "/" + std::to_string(i)));
      }
      return out;
    }
    if (const auto* object = value.object()) {
      canon::Object out;
      for (const auto& [name, below] : *object) {
        out.set(name, apply(below, pointer + "/" + canon::pointer_escape(name)));
      }
      return out;
    }
    return value;
  }
};

// What to replace for one finding: the string, or the object around a name.
std::string target_of(const Located& located) {
  switch (located.place) {
  case Place::name:
    return located.pointer.substr(0, located.pointer.rfind('/'));
  case Place::text:
  case Place::split:
  case Place::file_name:
  case Place::part_bytes:
    return located.pointer;
  }
  return located.pointer;
}

} // namespace

DocumentResult scan_value(const Scanner& scanner, const canon::Value& value) {
  Spent spent;
  return scan_value_within(scanner, value, spent);
}

DocumentResult scan_part(const Scanner& scanner, std::string_view bytes, std::string_view media_type,
                         std::string_view file_name, Spent& spent) {
  DocumentScan raw(scanner, spent);
  raw.text(file_name, "", Place::file_name);
  raw.text(bytes, "", Place::part_bytes);
  DocumentResult result = raw.finish(bytes.size());
  if (is_closed_container(bytes)) {
    result.complete = false;
    result.findings.push_back({"",
                               Place::part_bytes,
                               {.detector = Detector::unscanned,
                                .rule = "budget.container",
                                .klass = "technical",
                                .from = 0,
                                .until = bytes.size(),
                                .via = {},
                                .confidence = Confidence::high}});
  }
  if (is_json(bytes, media_type)) {
    if (const auto value = canon::parse_foreign(bytes, {.bytes = limits::part_bytes})) {
      DocumentResult json = scan_value_within(scanner, *value, spent);
      std::set<std::string> known;
      for (const Located& located : result.findings) {
        known.insert(located.finding.rule);
      }
      for (Located& located : json.findings) {
        if (!known.contains(located.finding.rule)) {
          result.findings.push_back(std::move(located));
        }
      }
      result.complete = result.complete && json.complete;
      result.bytes_scanned += json.bytes_scanned;
    }
  }
  return result;
}

Result<Withheld> withhold(const Scanner& scanner, const canon::Value& value, ByteView key) {
  constexpr std::size_t key_bytes_min = 16;
  if (key.size() < key_bytes_min) {
    return fail(ErrorCode::malformed, "", "the key for withheld values has at least 16 bytes");
  }
  // A pass can leave a finding only where replacing made new neighbours; the last one must be clean.
  constexpr int passes_max = 4;
  Targets targets;
  std::set<std::string> secrets;
  Withheld out{value, {}, true};
  for (int pass = 0; pass < passes_max; ++pass) {
    Spent spent;
    DocumentScan scan(scanner, spent, &secrets);
    scan.document(out.value);
    const DocumentResult result = scan.finish(0);
    out.complete = out.complete && result.complete;
    const std::size_t before = targets.size();
    for (const Located& located : result.findings) {
      if (located.finding.klass == secret_class) {
        targets.insert(target_of(located));
      }
    }
    Taint taint(secrets, scanner.rules().budgets());
    find_tainted(taint, out.value, "", targets);
    out.complete = out.complete && taint.complete();
    if (targets.size() == before) {
      return out;
    }
    Replacement replacement{targets, key, {}};
    out.value = replacement.apply(value, "");
    out.list = std::move(replacement.list);
    std::ranges::sort(out.list, {}, &Withholding::pointer);
  }
  return fail(ErrorCode::internal, "", "a secret is still found after its value was withheld");
}

} // namespace sallyport::scan
