#include "engine/case_keys.h"

namespace sallyport::engine {
namespace {

// One tuple per combination, in the order of the row's key.
std::vector<gate::Refs> tuples(const std::vector<std::vector<std::string>>& columns) {
  std::vector<gate::Refs> out{{}};
  for (const auto& column : columns) {
    std::vector<gate::Refs> longer;
    for (const gate::Refs& tuple : out) {
      for (const std::string& ref : column) {
        longer.push_back(tuple);
        longer.back().push_back(ref);
      }
    }
    out = std::move(longer);
  }
  return out;
}

} // namespace

gate::CaseTuples case_tuples(
    const charter::Charter& charter,
    const std::function<std::vector<std::string>(const std::string& name, const charter::Names& places)>&
        refs) {
  gate::CaseTuples out;
  for (const charter::CaseKey& row : charter.lineage.case_keys) {
    std::vector<std::vector<std::string>> columns;
    for (const std::string& name : row.key) {
      const auto places = charter.lineage.keys.find(name);
      columns.push_back(places == charter.lineage.keys.end() ? std::vector<std::string>{}
                                                             : refs(name, places->second));
    }
    out.push_back(tuples(columns));
  }
  return out;
}

} // namespace sallyport::engine
