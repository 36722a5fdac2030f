// The one scanner for every way in: fields, names of files, annexes, later crash dumps.
//
// Texts have less than 4 GiB. A result says where and which rule, never what: no member of a finding can hold
// a value.
#pragma once

#include "base/digest.h"
#include "scan/decode.h"
#include "scan/dictionary.h"
#include "scan/taxonomy.h"

#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scan {

struct Finding {
  Detector detector;
  std::string rule;  // Rule::id
  std::string klass; // a class of the charter language
  std::size_t from;  // bytes of the original input; for a decoded value, of its undecoded run
  std::size_t until;
  std::vector<Encoding> via; // outermost first; empty: found in the clear
  Confidence confidence;

  bool operator==(const Finding&) const = default;
};

struct ScanResult {
  std::vector<Finding> findings; // by from, until, rule, then those about budgets; the least encoded of each
  bool complete = true;          // false: a budget ended, and a finding of detector `unscanned` says which
  std::size_t bytes_scanned = 0; // input and everything decoded from it
};

// No value of any rule is shorter, but for terms of dictionaries ("a@b.io", "id_rsa").
inline constexpr std::size_t value_bytes_min = 6;

// The built-in rules under given budgets. Copies share the compiled patterns.
class RuleSet {
public:
  static RuleSet standard(Budgets budgets = {});

  std::span<const Rule> rules() const; // by id

  const Budgets& budgets() const { return budgets_; }

  // SHA-256 over a canonical description of every rule, decoder, budget and the version: the
  // `scan.ruleset` of a revision. Dictionaries have digests of their own.
  const Digest& digest() const { return digest_; }

private:
  explicit RuleSet(Budgets budgets);
  Budgets budgets_;
  Digest digest_;
};

// Immutable: scan() may be called from several threads.
class Scanner {
public:
  explicit Scanner(RuleSet rules, std::vector<Dictionary> dictionaries = {});

  ScanResult scan(std::string_view bytes) const;

  // As scan(), but for terms in the clear only: all that a text of less than value_bytes_min bytes can have.
  ScanResult scan_terms(std::string_view bytes) const;

  bool has_terms() const { return !dictionaries_.empty(); }

  const RuleSet& rules() const { return rules_; }

  const Digest& ruleset_digest() const { return rules_.digest(); }

  // SHA-256 over the digests of the dictionaries, in any order: the second pin of a scan.
  const Digest& dictionary_digest() const { return dictionary_digest_; }

private:
  friend class DocumentScan;
  // Lends the matched bytes, decoded, for the length of a call. Only withholding needs them.
  using Witness = std::function<void(const Finding&, std::string_view value)>;
  // As scan(), but out of a budget that several texts share; adds no findings about it.
  ScanResult scan_within(Spent& spent, std::string_view bytes, const Witness& witness) const;
  static ScanResult finished(ScanResult result, const Spent& spent, std::size_t size);
  static std::vector<Finding> unfinished(const Spent& spent, std::size_t size);

  RuleSet rules_;
  std::vector<Dictionary> dictionaries_;
  Digest dictionary_digest_;
};

} // namespace sallyport::scan
