#include "scan/scanner.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "scan/broken.h"
#include "scan/numbers.h"
#include "scan/patterns.h"
#include "scan/repeats.h"

#include <algorithm>
#include <tuple>

namespace sallyport::scan {
namespace {

// Raised whenever the code that finds or decodes changes what it finds.
constexpr std::string_view engine_version = "sallyport scan v4";

constexpr Rule budget_rules[] = {
    {"budget.decoding", Detector::unscanned, "technical", RuleKind::budget},
    {"budget.depth", Detector::unscanned, "technical", RuleKind::budget},
    {"budget.findings", Detector::unscanned, "technical", RuleKind::budget},
    {"budget.matching", Detector::unscanned, "technical", RuleKind::budget},
    {"budget.container", Detector::unscanned, "technical", RuleKind::budget},
};

const std::vector<Rule>& all_rules() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> out(std::begin(budget_rules), std::end(budget_rules));
    out.insert(out.end(), pattern_rules().begin(), pattern_rules().end());
    out.insert(out.end(), number_rules().begin(), number_rules().end());
    for (const Detector detector :
         {Detector::customer_identifier, Detector::document_identifier, Detector::operator_identifier,
          Detector::person_identifier, Detector::tenant_identifier}) {
      out.push_back(*rule_of_terms(detector));
    }
    std::ranges::sort(out, {}, &Rule::id);
    return out;
  }();
  return rules;
}

canon::Value describe(const Budgets& budgets) {
  canon::Array rules;
  for (const Rule& rule : all_rules()) {
    rules.push_back(canon::Object{{"id", rule.id},
                                  {"detector", to_string(rule.detector)},
                                  {"class", rule.klass},
                                  {"kind", to_string(rule.kind)}});
  }
  canon::Array decoders;
  for (int i = 0; i <= static_cast<int>(last_encoding); ++i) {
    decoders.push_back(to_string(static_cast<Encoding>(i)));
  }
  return canon::Object{{"v", engine_version},
                       {"numbers", numbers_version},
                       {"rules", std::move(rules)},
                       {"decoders", std::move(decoders)},
                       {"patterns", crypto::sha256(describe_patterns()).hex()},
                       {"broken", crypto::sha256(describe_broken()).hex()},
                       {"budgets", canon::Object{{"depth", budgets.depth},
                                                 {"decoded_bytes", budgets.decoded_bytes},
                                                 {"runs", budgets.runs},
                                                 {"inflate_starts", budgets.inflate_starts},
                                                 {"matched_bytes", budgets.matched_bytes},
                                                 {"findings", budgets.findings}}}};
}

// A text that is being read: the input, or what one of its runs decodes to.
struct Layer {
  std::string_view bytes;
  const Layer* above = nullptr;
  const Run* run = nullptr; // of `above`; null for the input
  std::size_t depth = 0;
};

// Where [from, until) of what `run` decodes to lies in the layer above.
std::pair<std::size_t, std::size_t> above(const Run& run, std::size_t from, std::size_t until) {
  if (run.origin == nullptr) {
    return {run.from, run.until};
  }
  // What was left out behind the last byte is no part of it.
  const bool bytes_stay = run.encoding == Encoding::ignorable;
  return {(*run.origin)[from], bytes_stay ? (*run.origin)[until - 1] + 1 : (*run.origin)[until]};
}

std::pair<std::size_t, std::size_t> in_input(const Layer& layer, std::size_t from, std::size_t until) {
  for (const Layer* at = &layer; at->run != nullptr; at = at->above) {
    std::tie(from, until) = above(*at->run, from, until);
  }
  return {from, until};
}

// Whether [from, until) of `layer` stands in the layer above as it is, where it has been read already.
bool read_above(const Layer& layer, std::size_t from, std::size_t until) {
  if (layer.run == nullptr || layer.run->origin == nullptr || is_wide(layer.run->encoding)) {
    return false;
  }
  const auto [begin, end] = above(*layer.run, from, until);
  return end - begin == until - from;
}

class Scan {
public:
  using Witness = std::function<void(const Finding&, std::string_view)>;

  Scan(const Budgets& budgets, std::span<const Dictionary> dictionaries, Spent& spent, const Witness& witness)
      : budgets_(budgets), dictionaries_(dictionaries), spent_(spent), witness_(witness) {}

  ScanResult run(std::string_view input) {
    read({.bytes = input});
    order(findings_);
    return {.findings = std::move(findings_), .complete = spent_.complete(), .bytes_scanned = bytes_};
  }

  ScanResult run_terms(std::string_view input) {
    const Layer layer{.bytes = input};
    bytes_ = input.size();
    terms(input, [&](const Match& m) { found(layer, m); });
    order(findings_);
    return {.findings = std::move(findings_), .complete = spent_.complete(), .bytes_scanned = bytes_};
  }

private:
  void read(const Layer& layer) {
    bytes_ += layer.bytes.size();
    for (const Stretch& stretch : without_repeats(layer.bytes)) {
      match(layer.bytes.substr(stretch.from, stretch.until - stretch.from), [&](Match m) {
        m.from += stretch.from;
        m.until += stretch.from;
        found(layer, m);
      });
    }
    decode(layer);
  }

  void match(std::string_view text, const TakeMatch& take) {
    std::vector<Match> unbroken;
    find_patterns(text, budgets_, spent_, [&](const Match& m) {
      take(m);
      if (m.rule->detector == Detector::secret_or_token && unbroken.size() < budgets_.findings) {
        unbroken.push_back(m);
      }
    });
    find_broken(text, budgets_, spent_, [&](const Match& m) {
      if (spent_.findings_ended) {
        return;
      }
      const bool known = std::ranges::any_of(unbroken, [&](const Match& u) {
        return u.rule->id == m.rule->id && u.from < m.until && m.from < u.until;
      });
      if (!known) {
        take(m);
      }
    });
    find_numbers(text, take);
    terms(text, take);
  }

  void terms(std::string_view text, const TakeMatch& take) {
    for (const Dictionary& dictionary : dictionaries_) {
      const Rule& rule = *rule_of_terms(dictionary.detector());
      dictionary.find(text, [&](std::size_t from, std::size_t until) {
        take({.rule = &rule, .from = from, .until = until, .confidence = Confidence::high});
      });
    }
  }

  void decode(const Layer& layer) {
    if (spent_.decoding_ended || budgets_.depth == 0) {
      return;
    }
    decode_runs(layer.bytes, budgets_, spent_, [&](const Run& run) {
      if (read_above(layer, run.from, run.until)) {
        return;
      }
      if (layer.depth >= budgets_.depth) {
        spent_.depth_ended = true;
        return;
      }
      read({.bytes = run.bytes, .above = &layer, .run = &run, .depth = layer.depth + 1});
    });
  }

  void found(const Layer& layer, const Match& match) {
    const Rule& rule = *match.rule;
    if (read_above(layer, match.from, match.until)) {
      return;
    }
    if (spent_.findings >= budgets_.findings) {
      spent_.findings_ended = true;
      return;
    }
    ++spent_.findings;
    const auto [begin, end] = in_input(layer, match.from, match.until);
    Finding finding{.detector = rule.detector,
                    .rule = std::string(rule.id),
                    .klass = std::string(rule.klass),
                    .from = begin,
                    .until = end,
                    .via = {},
                    .confidence = match.confidence};
    for (const Layer* at = &layer; at->run != nullptr; at = at->above) {
      finding.via.insert(finding.via.begin(), at->run->encoding);
    }
    if (witness_) {
      witness_(finding,
               match.value.empty() ? layer.bytes.substr(match.from, match.until - match.from) : match.value);
    }
    findings_.push_back(std::move(finding));
  }

  // One finding per rule and place: the least encoded.
  static void order(std::vector<Finding>& findings) {
    const auto place = [](const Finding& f) { return std::tie(f.from, f.until, f.rule); };
    std::ranges::sort(findings, [&](const Finding& a, const Finding& b) {
      return place(a) != place(b)           ? place(a) < place(b)
             : a.via.size() != b.via.size() ? a.via.size() < b.via.size()
                                            : a.via < b.via;
    });
    const auto repeated = std::ranges::unique(
        findings, [&](const Finding& a, const Finding& b) { return place(a) == place(b); });
    findings.erase(repeated.begin(), repeated.end());
  }

  const Budgets& budgets_;
  std::span<const Dictionary> dictionaries_;
  Spent& spent_;
  const Witness& witness_;
  std::vector<Finding> findings_;
  std::size_t bytes_ = 0;
};

} // namespace

RuleSet::RuleSet(Budgets budgets)
    : budgets_(budgets), digest_(crypto::sha256(canon::write(describe(budgets)))) {
}

RuleSet RuleSet::standard(Budgets budgets) {
  return RuleSet(budgets);
}

std::span<const Rule> RuleSet::rules() const {
  return all_rules();
}

Scanner::Scanner(RuleSet rules, std::vector<Dictionary> dictionaries)
    : rules_(std::move(rules)), dictionaries_(std::move(dictionaries)) {
  std::vector<std::string> digests;
  for (const Dictionary& dictionary : dictionaries_) {
    digests.push_back(dictionary.digest().hex());
  }
  std::ranges::sort(digests);
  std::string all = "sallyport dictionaries v1\n";
  for (const std::string& digest : digests) {
    all += digest + "\n";
  }
  dictionary_digest_ = crypto::sha256(all);
}

ScanResult Scanner::scan(std::string_view bytes) const {
  Spent spent;
  return finished(scan_within(spent, bytes, {}), spent, bytes.size());
}

ScanResult Scanner::scan_terms(std::string_view bytes) const {
  SP_ASSERT(bytes.size() < UINT32_MAX);
  Spent spent;
  return finished(Scan(rules_.budgets(), dictionaries_, spent, {}).run_terms(bytes), spent, bytes.size());
}

ScanResult Scanner::finished(ScanResult result, const Spent& spent, std::size_t size) {
  for (Finding& finding : unfinished(spent, size)) {
    result.findings.push_back(std::move(finding));
  }
  return result;
}

ScanResult Scanner::scan_within(Spent& spent, std::string_view bytes, const Witness& witness) const {
  SP_ASSERT(bytes.size() < UINT32_MAX);
  return Scan(rules_.budgets(), dictionaries_, spent, witness).run(bytes);
}

std::vector<Finding> Scanner::unfinished(const Spent& spent, std::size_t size) {
  std::vector<Finding> findings;
  const auto note = [&](bool ended, const Rule& rule) {
    if (ended) {
      findings.push_back({.detector = rule.detector,
                          .rule = std::string(rule.id),
                          .klass = std::string(rule.klass),
                          .from = 0,
                          .until = size,
                          .via = {},
                          .confidence = Confidence::high});
    }
  };
  note(spent.decoding_ended, budget_rules[0]);
  note(spent.depth_ended, budget_rules[1]);
  note(spent.findings_ended, budget_rules[2]);
  note(spent.matching_ended, budget_rules[3]);
  note(spent.stream_refused, budget_rules[4]);
  return findings;
}

} // namespace sallyport::scan
