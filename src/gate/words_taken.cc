#include "gate/words_taken.h"

#include "charter/words.h"

#include <algorithm>
#include <charconv>

namespace sallyport::gate {
namespace {

using Words = std::vector<std::string>;

template <class E> void add(Words& out, const std::set<E>& chosen) {
  for (const E word : chosen) {
    out.emplace_back(charter::to_word(word));
  }
}

// The keys of the tuple that the last segment of `where` numbers.
Words case_keys(const charter::Charter& charter, std::string_view where) {
  std::size_t row = 0;
  const std::string_view number = where.substr(where.rfind('/') + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), row);
  const bool known = error == std::errc{} && row < charter.lineage.case_keys.size();
  return known ? charter.lineage.case_keys[row].key : Words{};
}

Words sections(const charter::Charter& charter) {
  Words out;
  if (charter.ledger) {
    for (const auto& [section, role] : charter.ledger->sections) {
      out.push_back(section);
    }
  }
  return out;
}

Words of_charter(const charter::Charter& charter, const packet::Reason& reason) {
  Words out;
  if (reason.code == "verdict_unknown") {
    if (reason.where == "/found" && charter.ledger) {
      return {found_in_release.begin(), found_in_release.end()};
    }
    add(out, charter.lane.verdicts);
  } else if (reason.code == "section_unknown") {
    return sections(charter);
  } else if (reason.code == "category_unknown" && charter.ledger) {
    return {charter.ledger->categories.begin(), charter.ledger->categories.end()};
  } else if (reason.code == "level_unknown") {
    if (const auto* dimension = level_dimension(charter)) {
      return dimension->second.levels;
    }
  } else if (reason.code == "rejection_code") {
    out.assign(rejections.begin(), rejections.end());
    add(out, charter.agents.drift);
  } else if (reason.code == "step_unknown") {
    add(out, charter.lane.stop_before);
  } else if (reason.code == "lineage_keys") {
    return case_keys(charter, reason.where);
  } else if (reason.code == "class_unknown") {
    out.push_back(charter.packet_class);
  }
  return out;
}

} // namespace

const std::pair<const std::string, charter::Dimension>* level_dimension(const charter::Charter& charter) {
  const auto at = std::ranges::find_if(charter.scope, [](const auto& dimension) {
    return dimension.second.type == charter::ScopeType::level;
  });
  return at == charter.scope.end() ? nullptr : &*at;
}

std::vector<std::string> words_taken(const charter::Charter* charter, const packet::Reason& reason) {
  if (reason.code == "event_unknown") {
    return {charter::words<charter::Event>.begin(), charter::words<charter::Event>.end()};
  }
  return charter == nullptr ? Words{} : of_charter(*charter, reason);
}

} // namespace sallyport::gate
