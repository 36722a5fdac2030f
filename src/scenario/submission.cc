#include "scenario/submission.h"

#include "canon/json.h"
#include "canon/value.h"
#include "crypto/digest.h"

namespace sallyport::scenario {
namespace {

canon::Object value_of(const std::string& value) {
  return {{"value", value}};
}

canon::Object fields_of(const Spec& spec) {
  canon::Object out{{"/narrative", value_of(spec.narrative)},
                    {"/operator", canon::Object{{"value", spec.operator_}, {"pseudonym", "operator-FIR"}}},
                    {"/session", value_of(spec.session)}};
  if (spec.path) {
    canon::Object path = value_of(*spec.path);
    if (spec.coarse_path) {
      path.set("coarse", "billing");
    }
    out.set("/privileged_path", std::move(path));
  }
  for (const auto& [name, value] : spec.fields) {
    out.set("/" + name, value_of(value));
  }
  return out;
}

canon::Object scope_of(const Spec& spec) {
  canon::Object out;
  canon::Object tenants;
  for (const auto& [id, value] : spec.tenants) {
    tenants.set(id, canon::Object{{"value", value}, {"pseudonym", "tenant-" + id}});
  }
  if (!tenants.empty() || (spec.hidden.empty() && spec.bounds.empty())) {
    out.set("tenant", std::move(tenants));
  }
  for (const auto& [dimension, elements] : spec.hidden) {
    canon::Object values;
    for (const auto& [id, value] : elements) {
      values.set(id, value_of(value));
    }
    out.set(dimension, std::move(values));
  }
  return out;
}

canon::Value bound_of(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    return canon::Object{{"from", text.substr(0, slash)}, {"until", text.substr(slash + 1)}};
  }
  if (!text.empty() && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos &&
      text.size() <= 15) {
    return std::int64_t{std::stoll(text)};
  }
  const std::vector<std::string> sections = sections_of(text);
  return text.contains(',') ? canon::Value(canon::Array(sections.begin(), sections.end()))
                            : canon::Value(text);
}

canon::Object citations_of(const Spec& spec, const ContentOf& content_of) {
  canon::Object out;
  for (const auto& [id, cited] : spec.cites) {
    canon::Object citation{{"kind", cited.kind},
                           {"source", cited.source},
                           {"key", cited.key},
                           {"occurred_at", to_string(cited.seen)},
                           {"observed_at", to_string(cited.seen)},
                           {"complete_through", to_string(cited.seen)},
                           {"content", content_of(cited.key, cited.content).hex()},
                           {"supports", canon::Array{"m1"}}};
    if (!cited.pins.empty()) {
      canon::Object pins;
      for (const auto& [attr, value] : cited.pins) {
        pins.set(attr, value);
      }
      citation.set("pins", std::move(pins));
    }
    out.set(id, std::move(citation));
  }
  return out;
}

canon::Value caveats_of(std::uint32_t count) {
  if (count == 0) {
    return "none";
  }
  canon::Object out;
  for (std::uint32_t i = 1; i <= count; ++i) {
    out.set("k" + std::to_string(i), canon::Object{{"code", "uncorroborated"}, {"text", "One feed only."}});
  }
  return out;
}

canon::Object parts_of(const Spec& spec) {
  canon::Object out;
  for (const auto& [id, annex] : spec.annexes) {
    out.set(id, canon::Object{{"kind", "annex"},
                              {"media_type", "text/plain"},
                              {"file_name", id + ".txt"},
                              {"state", annex.state},
                              {"include", annex.include},
                              {"content", to_base64(as_bytes(annex.content))}});
  }
  return out;
}

canon::Object merges_of(const Spec& spec, Instant now) {
  canon::Object out;
  int n = 0;
  for (const MergedCase& merged : spec.merges) {
    out.set("d" + std::to_string(++n), canon::Object{{"case", merged.case_name},
                                                     {"packet", merged.packet.str()},
                                                     {"reason", "It is the same session."},
                                                     {"code", "same_session"},
                                                     {"by", merged.by.str()},
                                                     {"at", to_string(now)}});
  }
  return out;
}

} // namespace

std::vector<std::string> sections_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  for (std::size_t comma = text.find(','); comma != std::string::npos; comma = text.find(',', at)) {
    out.push_back(text.substr(at, comma - at));
    at = text.find_first_not_of(' ', comma + 1);
    if (at == std::string::npos) {
      return out; // "s1," is the one section s1
    }
  }
  out.push_back(text.substr(at));
  return out;
}

std::string submission_of(const Spec& spec, Instant now, const ContentOf& content_of) {
  canon::Array authors;
  for (const PersonId& author : spec.authors) {
    authors.emplace_back(author.str());
  }
  canon::Object packet{{"packet_class", spec.packet_class},
                       {"lane", spec.lane},
                       {"severity", spec.severity},
                       {"authors", std::move(authors)},
                       {"fields", fields_of(spec)},
                       {"scope", scope_of(spec)},
                       {"claims", canon::Object{{"m1", canon::Object{{"text", "It was presented twice."}}}}},
                       {"citations", citations_of(spec, content_of)},
                       {"merges", merges_of(spec, now)},
                       {"parts", parts_of(spec)}};
  if (!spec.bounds.empty()) {
    canon::Object bounds;
    for (const auto& [dimension, text] : spec.bounds) {
      bounds.set(dimension, bound_of(text));
    }
    packet.set("bounds", std::move(bounds));
  }
  if (spec.stamped) {
    packet.set("triage",
               canon::Object{{"stamp", "ts_1"}, {"at", to_string(now)}, {"by", spec.triager.str()}});
  }
  if (spec.caveats) {
    packet.set("caveats", caveats_of(*spec.caveats));
  }
  const std::string bytes = spec.digested ? canon::write(packet) : "another content";
  return canon::write(
      canon::Object{{"v", 1},
                    {"upstream", canon::Object{{"system", "triage-desk"},
                                               {"case", spec.case_name},
                                               {"revision", std::int64_t{spec.upstream_revision}}}},
                    {"upstream_digest", crypto::sha256(as_bytes(bytes)).hex()},
                    {"packet", std::move(packet)}});
}

} // namespace sallyport::scenario
