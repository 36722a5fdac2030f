#include "packet/leaf.h"

#include "base/limits.h"
#include "canon/json.h"

#include <fmt/format.h>

namespace sallyport::packet {
namespace {

constexpr std::int64_t leaf_version = 1;

template <class T>
concept OfPacket = requires(const T& t) { t.packet; };
template <class T>
concept WithStatement = requires(const T& t) { t.act; };

struct Header {
  Leaf& leaf;
  std::string kind;

  template <class A> void fields(A& a) {
    std::int64_t v = leaf_version;
    a("v", v);
    a("kind", kind);
    a("n", leaf.n);
    a("at", leaf.at);
    a("log", leaf.log);
    a("prev", leaf.prev);
    a("body", leaf.body);
  }
};

template <std::size_t I = 0> bool emplace_kind(std::string_view kind, Record& record) {
  if constexpr (I < std::variant_size_v<AnyRecord>) {
    if (std::variant_alternative_t<I, AnyRecord>::kind == kind) {
      record.emplace<I>();
      return true;
    }
    return emplace_kind<I + 1>(kind, record);
  }
  return false;
}

std::size_t limit_of(const Record& record) {
  return std::visit(
      [](const auto& r) {
        return WithStatement<decltype(r)> ? limits::signed_leaf_bytes : limits::leaf_bytes;
      },
      record);
}

Error too_large(const Record& record) {
  return {ErrorCode::too_large, "",
          fmt::format("a record of kind {} has at most {} bytes", kind_of(record), limit_of(record))};
}

} // namespace

std::string_view kind_of(const Record& record) {
  return std::visit([](const auto& r) { return std::string_view(r.kind); }, record);
}

const PacketId* packet_of(const Record& record) {
  return std::visit(
      [](const auto& r) -> const PacketId* {
        if constexpr (OfPacket<decltype(r)>) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(r.packet)>, PacketId>) {
            return &r.packet;
          } else {
            return r.packet ? &*r.packet : nullptr;
          }
        }
        return nullptr;
      },
      record);
}

Result<std::string> encode(const Leaf& leaf) {
  Writer w;
  Leaf& mutable_leaf = const_cast<Leaf&>(leaf); // the walk does not change what it writes
  Header{mutable_leaf, std::string(kind_of(leaf.record))}.fields(w);
  std::visit([&](auto& record) { record.fields(w); }, mutable_leaf.record);
  std::string bytes = canon::write(std::move(w.object));
  if (bytes.size() > limit_of(leaf.record)) {
    return std::unexpected(too_large(leaf.record));
  }
  return bytes;
}

Result<Leaf> decode(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes, {.bytes = limits::signed_leaf_bytes}));
  const canon::Value* kind = value.find("kind");
  const canon::Value* version = value.find("v");
  if (version == nullptr || version->integer() == nullptr || *version->integer() != leaf_version) {
    return fail(ErrorCode::unsupported, "/v", "not a leaf of version 1");
  }
  Leaf leaf;
  if (kind == nullptr || kind->string() == nullptr || !emplace_kind(*kind->string(), leaf.record)) {
    return fail(ErrorCode::unsupported, "/kind", "no such kind of record");
  }
  Reader r(value, "");
  Header{leaf, {}}.fields(r);
  std::visit([&](auto& record) { record.fields(r); }, leaf.record);
  SP_CHECK(r.done());
  if (bytes.size() > limit_of(leaf.record)) {
    return std::unexpected(too_large(leaf.record));
  }
  if (canon::write(value) != bytes) {
    return fail(ErrorCode::malformed, "", "these bytes are not canonical JSON");
  }
  return leaf;
}

} // namespace sallyport::packet
