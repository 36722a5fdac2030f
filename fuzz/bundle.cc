// The offline verifier on any folder, made from a true bundle by edits. A bundle is authentic under the
// pinned trust only where what was released and by whose policy are the very bytes that were signed; its
// report is visible ASCII, as JSON it parses, and without a trust file nothing is authentic.
//
// Input: options (1 byte: 1 proof bundle, 2 index made right, as a careful forger would, 4 no trust
// file, 8 a release that rests on what people signed beside its manifest), then edits:
// operation, file (1 byte each), and what the operation needs.
#include "canon/json.h"
#include "crypto/digest.h"
#include "lane/testing/release.h"
#include "verify/report.h"
#include "verify/verify.h"

#include <algorithm>

using namespace sallyport;
using verify::Files;

namespace {

// A release, its bundles, and what is pinned of its log.
struct Released {
  explicit Released(lane::testing::ActOptions acts)
      : Released(lane::testing::Release({.acts = std::move(acts)})) {}

  explicit Released(const lane::testing::Release& release)
      : lane(release.lane()), proof(release.proof()), trust(verify::read_trust(release.trust()).value()) {}

  Files lane;
  Files proof;
  verify::Trust trust;
};

// The input, read from its front; zeros behind its end.
class Script {
public:
  explicit Script(ByteView bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }

  std::size_t byte() {
    const std::string_view one = text(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }

  std::size_t word() {
    const std::size_t high = byte();
    return high << 8U | byte();
  }

  std::string_view text(std::size_t length) {
    const ByteView out = rest_.first(std::min(length, rest_.size()));
    rest_ = rest_.subspan(out.size());
    return as_text(out);
  }

private:
  ByteView rest_;
};

Files::iterator file_at(Files& files, std::size_t index) {
  return std::next(files.begin(), static_cast<std::ptrdiff_t>(index % files.size()));
}

void edit(Files& files, Script& script) {
  const std::size_t operation = script.byte();
  const auto file = file_at(files, script.byte());
  std::string& bytes = file->second;
  const auto place = [&] { return script.word() % (bytes.size() + 1); };
  switch (operation % 7) {
  case 0: { // insert
    const std::size_t at = place();
    bytes.insert(at, script.text(script.byte()));
    break;
  }
  case 1: { // overwrite
    const std::size_t at = place();
    const std::string_view text = script.text(script.byte());
    bytes.replace(at, text.size(), text);
    break;
  }
  case 2: { // erase
    const std::size_t at = place();
    bytes.erase(at, script.byte());
    break;
  }
  case 3:
    bytes = file_at(files, script.byte())->second;
    break;
  case 4:
    if (files.size() > 1) {
      files.erase(file);
    }
    break;
  case 5: { // another file with these bytes
    const std::string copy = bytes;
    files[std::string(script.text(script.byte()))] = copy;
    break;
  }
  case 6:
    bytes = script.text(script.word());
    break;
  }
}

void make_index_right(Files& files) {
  const auto index = files.find("index.json");
  auto value = index == files.end() ? canon::Value() : canon::parse(index->second).value_or(canon::Value());
  if (value.object() == nullptr) {
    return;
  }
  canon::Object digests;
  for (const auto& [name, bytes] : files) {
    if (name != "index.json" && is_utf8(name)) {
      digests.set(name, crypto::sha256(bytes).hex());
    }
  }
  value.object()->set("files", std::move(digests));
  index->second = canon::write(value);
}

void check_report(const verify::Report& report) {
  const auto is_visible = [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; };
  SP_ASSERT(std::ranges::all_of(verify::to_text(report), is_visible));
  const std::string json = verify::to_json(report);
  SP_ASSERT(std::ranges::all_of(json, is_visible) && canon::parse(json, {.bytes = json.size()}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Released plain({});
  static const Released with_acts(
      {.leads = true, .override_by = {3, 4}, .ratify_by = {5}, .split_by = {3}, .partial_by = 4});
  Script script({data, size});
  const std::size_t options = script.byte();
  const Released& released = (options & 8U) != 0 ? with_acts : plain;
  const Files& original = (options & 1U) != 0 ? released.proof : released.lane;
  Files files = original;
  for (int edits = 0; !script.done() && edits < 8; ++edits) {
    edit(files, script);
  }
  if ((options & 2U) != 0) {
    make_index_right(files);
  }
  const bool is_pinned = (options & 4U) == 0;
  const verify::Report report = verify::verify(files, is_pinned ? &released.trust : nullptr);
  check_report(report);
  SP_ASSERT(is_pinned || !report.authentic());
  if (report.authentic()) {
    for (const char* name : {"entry.json", "manifest.json", "revision.json", "view.json", "release.leaf",
                             "trust/charter.json", "trust/roster.json", "trust/genesis.leaf"}) {
      SP_ASSERT(files.at(name) == original.at(name));
    }
  }
  return 0;
}
