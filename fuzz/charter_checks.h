// What must hold of every reading of a charter, be it TOML or JSON.
#pragma once

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/diff.h"
#include "charter/faults.h"
#include "charter/lint.h"
#include "charter/parse.h"

#include <algorithm>

namespace sallyport::fuzz {

// There is a charter iff no fault is an error; each fault has a rule and names its path. The canonical form
// reads back as the same charter, differs in nothing from itself, and lints to faults that have rules.
inline void check_reading(const charter::Parsed& parsed) {
  const auto has_rule = [](const charter::Fault& f) { return charter::find_fault_rule(f.id) != nullptr; };
  SP_ASSERT(std::ranges::all_of(parsed.faults, has_rule));
  SP_ASSERT(parsed.charter.has_value() == std::ranges::none_of(parsed.faults, &charter::Fault::error));
  if (!parsed.charter) {
    return;
  }
  const charter::Charter& charter = *parsed.charter;
  const canon::Value form = charter::canonical(charter);
  const charter::Parsed again = charter::parse_json(canon::write(form));
  SP_ASSERT(again.charter);
  SP_ASSERT(charter::canonical(*again.charter) == form);
  SP_ASSERT(charter::digest(*again.charter) == charter::digest(charter));
  SP_ASSERT(charter::differences(charter, *again.charter).empty());
  for (std::vector<charter::Fault> faults :
       {charter::lint_roster(charter, {}), charter::succession(charter, nullptr),
        charter::succession(charter, &charter), charter::honourable(charter)}) {
    SP_ASSERT(std::ranges::all_of(faults, has_rule));
    charter::place(faults, parsed.positions);
  }
}

} // namespace sallyport::fuzz
