#include "packet/seal.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/archive.h"

#include <algorithm>

namespace sallyport::packet {
namespace {

// Every value that becomes a disclosure, by name. A name that comes twice is remembered.
class Hidden {
public:
  void add(std::string name, canon::Value value) {
    if (!values_.emplace(std::move(name), std::move(value)).second) {
      twice_ = true;
    }
  }

  void add(const std::string& pointer, const Forms& forms) {
    add(pointer, forms.value);
    if (forms.coarse) {
      add(with_form(pointer, Form::coarse), *forms.coarse);
    }
    if (forms.pseudonym) {
      add(with_form(pointer, Form::pseudonym), *forms.pseudonym);
    }
  }

  bool has(const std::string& name) const { return values_.contains(name); }

  bool twice() const { return twice_; }

  const std::map<std::string, canon::Value>& values() const { return values_; }

private:
  std::map<std::string, canon::Value> values_;
  bool twice_ = false;
};

canon::Value record_of(const Citation& citation) {
  canon::Object record{{"key", citation.key},
                       {"occurred_at", to_string(citation.occurred_at)},
                       {"content", citation.content.hex()}};
  if (!citation.pins.empty()) {
    record.set("pins", to_value(citation.pins));
  }
  return record;
}

Hidden hidden_of(const Submission& s, const SealInput& input) {
  Hidden hidden;
  hidden.add("/upstream", canon::Object{{"system", s.upstream.system},
                                        {"case", s.upstream.case_name},
                                        {"revision", std::int64_t{s.upstream.revision}}});
  hidden.add("/upstream_digest", s.upstream_digest.hex());
  hidden.add("/authors", to_value(s.authors));
  hidden.add("/triage/by", s.triage.by.str());
  for (const auto& [pointer, forms] : s.fields) {
    hidden.add(pointer, forms);
  }
  for (const auto& [dimension, elements] : s.scope) {
    for (const auto& [id, forms] : elements) {
      hidden.add("/scope/" + dimension + "/" + id, forms);
    }
  }
  for (const auto& [id, claim] : s.claims) {
    hidden.add("/claims/" + id + "/text", claim.text);
  }
  for (const auto& [id, caveat] : s.caveats) {
    hidden.add("/caveats/" + id + "/text", caveat.text);
  }
  for (const auto& [id, citation] : s.citations) {
    hidden.add("/citations/" + id + "/record", record_of(citation));
  }
  for (const auto& [id, merge] : s.merges) {
    hidden.add("/merges/" + id + "/case", merge.case_name);
    hidden.add("/merges/" + id + "/reason", merge.reason);
  }
  for (const auto& [id, part] : s.parts) {
    hidden.add("/parts/" + id + "/file_name", part.file_name);
  }
  for (const auto& [id, withheld] : input.withheld) {
    hidden.add("/withheld/" + id + "/digest", withheld.keyed_digest.hex());
  }
  return hidden;
}

canon::Object clear_citation(const Citation& c) {
  return {{"kind", c.kind},
          {"source", c.source},
          {"supports", to_value(c.supports)},
          {"observed_at", to_string(c.observed_at)},
          {"complete_through", to_string(c.complete_through)}};
}

canon::Object clear_merge(const Merge& m) {
  canon::Object out{{"by", m.by.str()}, {"at", to_string(m.at)}, {"code", m.code}};
  if (m.packet) {
    out.set("packet", m.packet->str());
  }
  return out;
}

canon::Object clear_part(const Part& p, const SealedPart& sealed) {
  canon::Object out{{"kind", p.kind},
                    {"media_type", p.media_type},
                    {"bytes", p.content.size()},
                    {"sha256", sealed.sha256.hex()},
                    {"include", p.include}};
  if (!p.bounds.empty()) {
    out.set("bounds", to_value(p.bounds));
  }
  return out;
}

template <class T, class Clear>
canon::Object clear_items(const std::map<std::string, T>& items, Clear clear) {
  canon::Object out;
  for (const auto& [id, item] : items) {
    out.set(id, clear(id, item));
  }
  return out;
}

canon::Array clear_predecessors(const std::vector<Predecessor>& predecessors) {
  canon::Array out;
  for (const Predecessor& p : predecessors) {
    out.push_back(canon::Object{
        {"packet", p.packet.str()}, {"revision", std::int64_t{p.revision}}, {"digest", p.digest.hex()}});
  }
  return out;
}

canon::Value clear_caveats(const std::map<std::string, Caveat>& caveats) {
  if (caveats.empty()) {
    return "none";
  }
  return clear_items(caveats, [](const auto&, const Caveat& c) { return canon::Object{{"code", c.code}}; });
}

// Everything of revision.json but `_sd`.
canon::Object clear_part_of(const Submission& s, const SealInput& input,
                            const std::map<std::string, SealedPart>& parts) {
  canon::Object scope;
  for (const auto& [dimension, elements] : s.scope) {
    canon::Array ids;
    for (const auto& [id, forms] : elements) {
      ids.push_back(id);
    }
    scope.set(dimension, std::move(ids));
  }
  canon::Object out{
      {"v", 1},
      {"packet", input.packet.str()},
      {"revision", std::int64_t{input.revision}},
      {"packet_class", s.packet_class},
      {"lane", s.lane},
      {"severity", s.severity},
      {"triage", canon::Object{{"stamp", s.triage.stamp}, {"at", to_string(s.triage.at)}}},
      {"predecessors", clear_predecessors(input.predecessors)},
      {"merges", clear_items(s.merges, [](const auto&, const Merge& m) { return clear_merge(m); })},
      {"claims", clear_items(s.claims, [](const auto&, const Claim&) { return canon::Object{}; })},
      {"caveats", clear_caveats(s.caveats)},
      {"citations",
       clear_items(s.citations, [](const auto&, const Citation& c) { return clear_citation(c); })},
      {"scope", std::move(scope)},
      {"parts",
       clear_items(s.parts, [&](const auto& id, const Part& p) { return clear_part(p, parts.at(id)); })},
      {"withheld", clear_items(input.withheld,
                               [](const auto&, const Withheld& w) {
                                 return canon::Object{{"class", w.secret_class}, {"at", w.at}};
                               })},
      {"scan", canon::Object{{"ruleset", input.ruleset.hex()}, {"findings", std::int64_t{input.findings}}}},
      {"_sd_alg", "sha-256"},
  };
  if (!s.bounds.empty()) {
    out.set("bounds", to_value(s.bounds));
  }
  return out;
}

Result<void> check_names(const Hidden& hidden, const canon::Value& clear, const Submission& s,
                         const SealInput& input) {
  if (hidden.twice()) {
    return fail(ErrorCode::malformed, "", "a name would stand twice among the disclosures");
  }
  for (const auto& [name, value] : hidden.values()) {
    if (canon::pointer_find(clear, split_form(name).pointer) != nullptr) {
      return fail(ErrorCode::malformed, "", "a disclosure would have the name of something that is in clear");
    }
  }
  for (const auto& [id, withheld] : input.withheld) {
    const bool is_part = withheld.at.starts_with("/parts/") && s.parts.contains(withheld.at.substr(7));
    if (!is_part && !hidden.has(withheld.at)) {
      return fail(ErrorCode::malformed, "/withheld/" + id,
                  "was taken from a place that the packet does not have");
    }
  }
  return {};
}

} // namespace

Result<SealedRevision> seal(const Submission& submission, const SealInput& input,
                            const std::function<Salt()>& salt) {
  SealedRevision out;
  for (const auto& [id, part] : submission.parts) {
    out.parts[id] = {crypto::sha256(part.content), part.content};
  }
  canon::Value clear = clear_part_of(submission, input, out.parts);
  const Hidden hidden = hidden_of(submission, input);
  SP_CHECK(check_names(hidden, clear, submission, input));
  for (const auto& [name, value] : hidden.values()) {
    out.disclosures.push_back(make_disclosure(salt(), name, value));
  }
  clear.object()->set("_sd", to_value(sorted_digests(out.disclosures)));
  out.bytes = canon::write(clear);
  out.digest = crypto::sha256(out.bytes);
  return out;
}

} // namespace sallyport::packet
