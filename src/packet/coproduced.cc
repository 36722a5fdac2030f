#include "packet/coproduced.h"

#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/exact.h"
#include "packet/names.h"

#include <algorithm>
#include <array>

namespace sallyport::packet {
namespace {

struct ClearCaveat {
  std::string code;

  template <class A> void fields(A& a) { a("code", code); }
};

struct ClearCitation {
  std::string kind;
  std::string source;
  std::vector<std::string> supports;
  Instant observed_at;
  Instant complete_through;

  template <class A> void fields(A& a) {
    a("kind", kind);
    a("source", source);
    a("supports", supports);
    a("observed_at", observed_at);
    a("complete_through", complete_through);
  }
};

struct ClearPredecessor {
  PacketId packet;
  std::uint32_t revision = 0;
  Digest digest;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("revision", revision);
    a("digest", digest);
  }
};

struct ClearWithheld {
  std::string klass;
  std::string at;

  template <class A> void fields(A& a) {
    a("class", klass);
    a("at", at);
  }
};

struct ClearScan {
  Digest ruleset;
  std::uint32_t findings = 0;

  template <class A> void fields(A& a) {
    a("ruleset", ruleset);
    a("findings", findings);
  }
};

// revision.json of a workspace.
struct Clear {
  PacketId packet;
  std::uint32_t revision = 0;
  std::string packet_class;
  std::string lane;
  std::vector<ClearPredecessor> predecessors;
  canon::Value caveats = "none";
  std::map<std::string, ClearCitation> citations;
  std::map<std::string, std::vector<std::string>> scope; // dimension -> element ids
  std::optional<Bounds> bounds;
  std::map<std::string, ClearWithheld> withheld;
  ClearScan scan;
  Coproduced co;
  std::vector<std::string> sd;

  template <class A> void fields(A& a) {
    std::int64_t v = 1;
    std::string algorithm = "sha-256";
    a("v", v);
    a("packet", packet);
    a("revision", revision);
    a("packet_class", packet_class);
    a("lane", lane);
    a("predecessors", predecessors);
    a("caveats", caveats);
    a("citations", citations);
    a("scope", scope);
    a("bounds", bounds);
    a("withheld", withheld);
    a("scan", scan);
    co.fields(a);
    a("_sd", sd);
    a("_sd_alg", algorithm);
  }
};

struct MemberNames {
  std::vector<std::string> names;

  template <class M> void operator()(const char* name, const M&) { names.emplace_back(name); }
};

// The members of T that are in clear.
template <class T> std::vector<std::string> clear_members() {
  MemberNames names;
  T t;
  t.fields(names);
  return names.names;
}

// Takes content apart: what is clear into T, everything else into values to hide.
class Split {
public:
  explicit Split(const canon::Object& content) : content_(content) {}

  template <class T> Result<std::map<std::string, T>> collection(const std::string& pointer) {
    std::map<std::string, T> out;
    const canon::Value* items = canon::pointer_find(content_, pointer);
    if (items == nullptr) {
      return out;
    }
    static const std::vector<std::string> clear = clear_members<T>();
    if (items->object() == nullptr) {
      return fail(ErrorCode::malformed, pointer, "expected items by id");
    }
    for (const auto& [id, item] : *items->object()) {
      const std::string where = pointer + "/" + id;
      if (!is_item_id(id) || item.object() == nullptr) {
        return fail(ErrorCode::malformed, pointer, "expected items by id");
      }
      canon::Object kept;
      for (const auto& [name, member] : *item.object()) {
        if (std::ranges::find(clear, name) != clear.end()) {
          kept.set(name, member);
        } else if (!is_name(name)) {
          return fail(ErrorCode::malformed, where, "has a member of another spelling");
        } else {
          hidden[where + "/" + name] = member;
        }
      }
      SP_TRY(out[id], read<T>(canon::Value(std::move(kept)), where));
    }
    return out;
  }

  // Of a collection whose items are nothing without their words: a misspelt member would hide them from all.
  template <class T>
  Result<void> all_say_text(const std::string& pointer, const std::map<std::string, T>& items) const {
    for (const auto& [id, item] : items) {
      const std::string where = pointer + "/" + id + "/text";
      const auto text = hidden.find(where);
      if (text == hidden.end() || text->second.string() == nullptr || text->second.string()->empty()) {
        return fail(ErrorCode::malformed, where, "expected the item's words");
      }
    }
    return {};
  }

  Result<std::map<std::string, std::vector<std::string>>> scope() {
    std::map<std::string, std::vector<std::string>> out;
    const canon::Value* dimensions = content_.find("scope");
    if (dimensions == nullptr) {
      return out;
    }
    if (dimensions->object() == nullptr) {
      return fail(ErrorCode::malformed, "/scope", "expected dimensions");
    }
    for (const auto& [dimension, elements] : *dimensions->object()) {
      if (!is_name(dimension) || elements.object() == nullptr) {
        return fail(ErrorCode::malformed, "/scope", "expected dimensions with elements by id");
      }
      for (const auto& [id, forms] : *elements.object()) {
        const std::string where = "/scope/" + dimension + "/" + id;
        canon::Fields f(forms, where);
        hidden[where] = f.any("value");
        for (const auto& [name, form] : {std::pair{"coarse", Form::coarse}, {"pseudonym", Form::pseudonym}}) {
          if (const canon::Value* lesser = f.maybe(name)) {
            hidden[with_form(where, form)] = *lesser;
          }
        }
        SP_CHECK(f.done());
        out[dimension].push_back(id);
      }
      if (!out.contains(dimension)) {
        return fail(ErrorCode::malformed, "/scope/" + dimension, "a dimension that is stated is not empty");
      }
      std::ranges::sort(out[dimension]);
    }
    return out;
  }

  std::map<std::string, canon::Value> hidden;

private:
  const canon::Value content_;
};

Result<std::optional<Bounds>> bounds_of(const canon::Object& content) {
  const canon::Value* said = content.find("bounds");
  std::optional<Bounds> out;
  if (said != nullptr && (!from_value(*said, out.emplace()) || out->empty())) {
    return fail(ErrorCode::malformed, "/bounds", "expected dimensions with one value each");
  }
  return out;
}

// A fragment that ends in a way that there is not could never be given up, nor the packet that has it.
Result<void> check_end_states(const std::map<std::string, SealedRetention>& retention) {
  for (const auto& [id, kept] : retention) {
    if (std::ranges::find(end_states, kept.end_state) == end_states.end()) {
      return fail(ErrorCode::malformed, "/retention/" + id + "/end_state",
                  "expected raw_gone, bytes_gone or forgotten");
    }
  }
  return {};
}

// What the content names within itself is there.
Result<void> check_references(const Clear& clear) {
  const auto missing = [](const std::string& where) {
    return fail(ErrorCode::malformed, where, "names something that the revision does not have");
  };
  const auto& co = clear.co;
  for (const auto& [id, region] : co.regions) {
    if (!co.fragments.contains(region.fragment)) {
      return missing("/regions/" + id);
    }
  }
  for (const auto& [id, frames] : co.symbolization.frames) {
    if (!co.fragments.contains(frames.fragment)) {
      return missing("/symbolization/frames/" + id);
    }
  }
  for (const auto& [id, fragment] : co.fragments) {
    const bool cited =
        std::ranges::all_of(fragment.cites, [&](const auto& c) { return clear.citations.contains(c); });
    if (!co.dumps.contains(fragment.dump) || !cited || !co.retention.contains(fragment.retention)) {
      return missing("/fragments/" + id);
    }
  }
  return {};
}

Result<Clear> clear_of(const WorkingRevision& w, Split& split) {
  Clear out{w.packet, w.revision, w.packet_class,          w.lane, {}, "none", {}, {},
            {},       {},         {w.ruleset, w.findings}, {},     {}};
  for (const Predecessor& p : w.predecessors) {
    out.predecessors.push_back({p.packet, p.revision, p.digest});
  }
  SP_TRY(const auto caveats, split.collection<ClearCaveat>("/caveats"));
  if (!caveats.empty()) {
    out.caveats = to_value(caveats);
  }
  SP_TRY(out.citations, split.collection<ClearCitation>("/citations"));
  SP_TRY(out.scope, split.scope());
  SP_TRY(out.bounds, bounds_of(w.content));
  for (const auto& [id, withheld] : w.withheld) {
    out.withheld[id] = {withheld.secret_class, withheld.at};
    split.hidden["/withheld/" + id + "/digest"] = withheld.keyed_digest.hex();
  }
  Coproduced& co = out.co;
  co.sections = w.sections;
  SP_TRY(co.narrative, split.collection<SealedText>("/narrative"));
  SP_CHECK(split.all_say_text("/narrative", co.narrative));
  SP_TRY(co.claims, split.collection<SealedClaim>("/claims"));
  SP_CHECK(split.all_say_text("/claims", co.claims));
  SP_TRY(co.regions, split.collection<SealedRegion>("/regions"));
  SP_TRY(co.dumps, split.collection<SealedDump>("/dumps"));
  SP_TRY(co.fragments, split.collection<SealedFragment>("/fragments"));
  SP_TRY(co.symbolization.frames, split.collection<SealedFrames>("/symbolization/frames"));
  SP_TRY(co.symbolization.modules, split.collection<SealedModule>("/symbolization/modules"));
  SP_TRY(co.symbolization.requests, split.collection<SealedRequest>("/symbolization/requests"));
  SP_TRY(co.retention, split.collection<SealedRetention>("/retention"));
  SP_CHECK(check_end_states(co.retention));
  co.ledger = w.ledger;
  co.provenance = w.provenance;
  co.ledger_at = w.ledger_at;
  co.continues = w.continues;
  SP_CHECK(check_references(out));
  return out;
}

} // namespace

Result<SealedRevision> seal(const WorkingRevision& working, const std::function<Salt()>& salt) {
  Split split(working.content);
  SP_TRY(Clear clear, clear_of(working, split));
  for (const auto& [item, statements] : working.statements) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
      split.hidden["/ledger/" + item + "/statements/s" + std::to_string(i + 1)] =
          canon::Object{{"by", statements[i].by.str()}, {"text", statements[i].text}};
    }
  }
  SealedRevision out;
  for (const auto& [name, value] : split.hidden) {
    out.disclosures.push_back(make_disclosure(salt(), name, value));
  }
  clear.sd = sorted_digests(out.disclosures);
  out.bytes = canon::write(to_value(clear));
  out.digest = crypto::sha256(out.bytes);
  SP_CHECK(read_coproduced(out.bytes)); // what is written can be read
  return out;
}

Result<Revision> read_coproduced(std::string_view bytes) {
  SP_TRY(Clear clear, read_exact<Clear>(bytes));
  Revision out;
  out.packet = clear.packet;
  out.number = clear.revision;
  out.digest = crypto::sha256(bytes);
  out.packet_class = clear.packet_class;
  out.lane = clear.lane;
  for (const ClearPredecessor& p : clear.predecessors) {
    out.predecessors.push_back({p.packet, p.revision, p.digest});
  }
  if (const auto* caveats = clear.caveats.object()) {
    for (const auto& [id, code] : *caveats) {
      out.caveats.push_back(id);
    }
  }
  for (const auto& [id, c] : clear.citations) {
    out.citations[id] = {c.kind, c.source, c.supports, c.observed_at, c.complete_through};
  }
  out.scope = clear.scope;
  out.bounds = clear.bounds.value_or(Bounds{});
  for (const auto& [id, withheld] : clear.withheld) {
    out.withheld[id] = {withheld.klass, withheld.at};
  }
  out.ruleset = clear.scan.ruleset;
  out.findings = clear.scan.findings;
  for (const auto& [id, fragment] : clear.co.fragments) {
    out.parts[id] = {"fragment",     "application/octet-stream",
                     fragment.bytes, fragment.sha256,
                     true,           {{"symbolization", Bound{fragment.level}}}};
  }
  if (clear.revision == 0 || !is_set(clear.sd) || !is_lane_id(clear.lane) || !is_name(clear.packet_class)) {
    return fail(ErrorCode::malformed, "", "not a revision of a workspace");
  }
  out.sd = std::move(clear.sd);
  out.co = std::make_shared<const Coproduced>(std::move(clear.co));
  return out;
}

bool lies_in(const SealedFragment& fragment, const Digest& root) {
  const auto node = [](std::uint8_t prefix, const Digest& left, const Digest* right) {
    Bytes bytes{prefix};
    bytes.insert(bytes.end(), left.bytes.begin(), left.bytes.end());
    if (right != nullptr) {
      bytes.insert(bytes.end(), right->bytes.begin(), right->bytes.end());
    }
    return crypto::sha256(ByteView(bytes));
  };
  if (fragment.index >= fragment.size) {
    return false;
  }
  Digest hash = node(0, fragment.sha256, nullptr);
  std::uint32_t at = fragment.index;
  std::uint32_t last = fragment.size - 1;
  for (const Digest& sibling : fragment.path) {
    if (last == 0) {
      return false;
    }
    if (at % 2 == 1 || at == last) {
      hash = node(1, sibling, &hash);
      while (at % 2 == 0 && at != 0) {
        at /= 2;
        last /= 2;
      }
    } else {
      hash = node(1, hash, &sibling);
    }
    at /= 2;
    last /= 2;
  }
  return last == 0 && hash == root;
}

namespace {

// "/fragments/f2/note" is of "/fragments/f2"; empty where the pointer is of no item that stands in clear.
std::string item_of(std::string_view pointer) {
  static constexpr std::array collections{"narrative", "claims",    "regions",
                                          "dumps",     "fragments", "retention"};
  static constexpr std::array symbols{"frames", "modules", "requests"};
  std::vector<std::string> segments;
  if (!canon::pointer_split(pointer, segments)) {
    return "";
  }
  if (segments.size() >= 3 && segments[0] == "symbolization" &&
      std::ranges::find(symbols, segments[1]) != symbols.end()) {
    return "/symbolization/" + segments[1] + "/" + segments[2];
  }
  const bool simple =
      segments.size() >= 2 && std::ranges::find(collections, segments[0]) != collections.end();
  return simple ? "/" + segments[0] + "/" + segments[1] : "";
}

} // namespace

bool is_content(std::string_view pointer) {
  return !item_of(pointer).empty();
}

bool has(const Coproduced& revision, std::string_view pointer) {
  const canon::Value whole = to_value(revision);
  const std::string item = item_of(pointer);
  return !item.empty() && canon::pointer_find(whole, item) != nullptr;
}

bool has_left(const Coproduced& revision, std::string_view pointer) {
  return is_content(pointer) && !has(revision, pointer);
}

bool same_item(std::string_view a, std::string_view b) {
  return is_content(a) && item_of(a) == item_of(b);
}

} // namespace sallyport::packet
