#include "engine/terms.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"

#include <algorithm>

namespace sallyport::engine {

bool TermBook::put(const std::string& source, Terms terms) {
  Terms& known = listed_[source];
  if (terms.read_at < known.read_at) {
    return false;
  }
  const bool differ = terms.names != known.names;
  known = std::move(terms);
  if (differ) {
    std::erase_if(made_, [&](const auto& made) { return made.first.first == source; });
  }
  return differ;
}

const Terms* TermBook::find(const std::string& source) const {
  const auto at = listed_.find(source);
  return at == listed_.end() ? nullptr : &at->second;
}

Result<std::optional<scan::Dictionary>> TermBook::dictionary(const std::string& source,
                                                             scan::Detector detector, ByteView key) {
  auto at = made_.find({source, detector});
  if (at == made_.end()) {
    at = made_.emplace(std::pair(source, detector), dictionary_of(detector, listed_.at(source).names, key))
             .first;
  }
  return at->second;
}

Result<std::optional<scan::Dictionary>> dictionary_of(scan::Detector detector,
                                                      const std::vector<std::string>& terms, ByteView key) {
  std::vector<std::string> usable;
  std::ranges::copy_if(terms, std::back_inserter(usable), [&](const std::string& term) {
    return scan::Dictionary::make(detector, std::span(&term, 1), key).has_value();
  });
  if (usable.empty()) {
    return std::nullopt;
  }
  SP_TRY(scan::Dictionary made, scan::Dictionary::make(detector, usable, key));
  return std::optional(std::move(made));
}

std::string terms_text(const Terms& terms) {
  canon::Array names;
  for (const std::string& name : terms.names) {
    names.emplace_back(name);
  }
  return canon::write(canon::Object{{"names", std::move(names)}, {"read_at", to_string(terms.read_at)}});
}

Result<Terms> read_terms(std::string_view text) {
  SP_TRY(const canon::Value value, canon::parse(text, {.bytes = limits::request_bytes}));
  canon::Fields in(value, "terms");
  Terms out;
  out.names = in.strings("names", scan::Dictionary::terms_max);
  out.read_at = in.instant("read_at");
  SP_CHECK(in.done());
  return out;
}

} // namespace sallyport::engine
