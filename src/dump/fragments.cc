#include "dump/fragments.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "dump/cursor.h"
#include "ledger/merkle.h"

#include <bit>
#include <fmt/format.h>

namespace sallyport::dump {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t header_bytes_max = 1024;
constexpr std::string_view kind = "fragment";

std::string region_name(std::uint64_t index) {
  return fmt::format("rg{}", index);
}

// With what the fragment says: two copies of one dump under one revision's number share no salt where they
// differ, so that the fragment of one is no help to guess that of the other.
std::string salt_of(const RevisionName& name, ByteView content, std::uint32_t region) {
  const std::string what =
      fmt::format("{}\n{}\n{}\n{}", name.dump, name.rev, region, crypto::sha256(content).hex());
  return to_base64url(crypto::hmac_sha256(name.seed.view(), as_bytes(what)).view().first(salt_bytes));
}

std::string header_of(const RevisionName& name, ByteView copy, const std::vector<Region>& regions,
                      std::uint32_t region) {
  const Region& one = regions[region];
  return canon::write(canon::Object{{"bytes", one.range.size()},
                                    {"class", rule_of(one.klass).name},
                                    {"dump", name.dump},
                                    {"kind", kind},
                                    {"offset", one.range.from()},
                                    {"region", region_name(region)},
                                    {"rev", name.rev},
                                    {"salt", salt_of(name, slice(copy, one.range), region)},
                                    {"v", 1}}) +
         "\n";
}

Digest leaf_of(const Digest& envelope) {
  return ledger::leaf_hash(envelope.view());
}

// The root of leaves [from, from + size), by the definition of RFC 6962 section 2.1.
Digest root_of(std::span<const Digest> leaves) {
  ledger::Frontier frontier;
  for (const Digest& leaf : leaves) {
    frontier.append(leaf);
  }
  return frontier.root();
}

void path_in(std::span<const Digest> leaves, std::uint64_t index, std::vector<Digest>& out) {
  if (leaves.size() < 2) {
    return;
  }
  const std::size_t left = std::bit_floor(leaves.size() - 1); // the largest power of two below the size
  if (index < left) {
    path_in(leaves.first(left), index, out);
    out.push_back(root_of(leaves.subspan(left)));
  } else {
    path_in(leaves.subspan(left), index - left, out);
    out.push_back(root_of(leaves.first(left)));
  }
}

std::vector<Digest> leaves_of(const std::vector<Digest>& envelopes) {
  std::vector<Digest> out;
  out.reserve(envelopes.size());
  for (const Digest& envelope : envelopes) {
    out.push_back(leaf_of(envelope));
  }
  return out;
}

Result<std::uint64_t> number_at(const canon::Object& header, std::string_view name) {
  const canon::Value* value = header.find(name);
  if (value == nullptr || value->integer() == nullptr || *value->integer() < 0) {
    return fail(ErrorCode::malformed, "/" + std::string(name), "is no number");
  }
  return static_cast<std::uint64_t>(*value->integer());
}

Result<std::string> text_at(const canon::Object& header, std::string_view name) {
  const canon::Value* value = header.find(name);
  if (value == nullptr || value->string() == nullptr) {
    return fail(ErrorCode::malformed, "/" + std::string(name), "is no text");
  }
  return *value->string();
}

Result<void> check_members(const canon::Object& header, std::uint64_t index) {
  SP_TRY(const std::string what, text_at(header, "kind"));
  SP_TRY(const std::string region, text_at(header, "region"));
  SP_TRY(const std::string salt, text_at(header, "salt"));
  SP_TRY(const std::uint64_t version, number_at(header, "v"));
  if (header.size() != 9 || what != kind || version != 1) {
    return fail(ErrorCode::malformed, "/kind", "is no fragment of this version");
  }
  if (region != region_name(index)) {
    return fail(ErrorCode::denied, "/region", "is another one than the index says");
  }
  SP_TRY(const Bytes bytes, from_base64url(salt));
  if (bytes.size() < salt_bytes) {
    return fail(ErrorCode::malformed, "/salt", "is shorter than a salt must be");
  }
  return {};
}

Result<FragmentHeader> read_header(ByteView file, std::uint64_t index) {
  const std::string_view text = as_text(file.first(std::min(file.size(), header_bytes_max)));
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return fail(ErrorCode::malformed, "", "does not begin with a line that says what it is");
  }
  SP_TRY(const canon::Value value, canon::parse(text.substr(0, end)));
  const canon::Object* header = value.object();
  if (header == nullptr || canon::write(value) != text.substr(0, end)) {
    return fail(ErrorCode::malformed, "", "does not begin with one canonical object");
  }
  SP_CHECK(check_members(*header, index));
  FragmentHeader out;
  SP_TRY(out.dump, text_at(*header, "dump"));
  SP_TRY(out.rev, number_at(*header, "rev"));
  SP_TRY(out.region_class, text_at(*header, "class"));
  SP_TRY(out.offset, number_at(*header, "offset"));
  SP_TRY(out.bytes, number_at(*header, "bytes"));
  if (out.bytes != file.size() - end - 1) {
    return fail(ErrorCode::malformed, "/bytes", "is not how many follow");
  }
  return out;
}

} // namespace

Digest salt_seed(ByteView original) {
  constexpr std::string_view purpose = "sallyport fragment salts v1\n";
  return crypto::Sha256().update(as_bytes(purpose)).update(original).finish();
}

std::string dump_id(const Digest& seed) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
  const Digest digest = crypto::hmac_sha256(seed.view(), as_bytes("dump"));
  std::string out = "du_";
  for (std::size_t i = 0; i < 10; ++i) {
    out += letters[digest.bytes[i] % letters.size()];
  }
  return out;
}

std::string envelope(const RevisionName& name, ByteView copy, const std::vector<Region>& regions,
                     std::uint32_t region) {
  std::string out = header_of(name, copy, regions, region);
  out += as_text(slice(copy, regions[region].range));
  return out;
}

std::vector<Digest> FragmentTree::path(std::uint64_t index) const {
  SP_ASSERT(index < envelopes.size());
  std::vector<Digest> out;
  path_in(leaves_of(envelopes), index, out);
  return out;
}

FragmentTree fragments_of(const RevisionName& name, ByteView copy, const std::vector<Region>& regions) {
  FragmentTree out;
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    const std::string header = header_of(name, copy, regions, i);
    out.envelopes.push_back(
        crypto::Sha256().update(as_bytes(header)).update(slice(copy, regions[i].range)).finish());
  }
  out.root = root_of(leaves_of(out.envelopes));
  return out;
}

Result<FragmentHeader> verify_fragment(ByteView file, const FragmentPlace& place) {
  SP_TRY(FragmentHeader out, read_header(file, place.index));
  out.digest = crypto::sha256(file);
  SP_CHECK(ledger::verify_inclusion(leaf_of(out.digest), place.index, place.size, place.path, place.root));
  return out;
}

} // namespace sallyport::dump
