// The shipped example with small edits, and the one fault that each must have. For the tests of the linter.
#pragma once

#include "base/testing/shared_data.h"
#include "charter/lint.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::charter::testing {

struct Edit {
  std::string from;
  std::string to;
};

inline std::string example() {
  static const std::string text = sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                                                "examples/charters/break-glass-psr.toml");
  return text;
}

inline std::string edited(std::string text, const std::vector<Edit>& edits) {
  for (const Edit& edit : edits) {
    const std::size_t at = text.find(edit.from);
    REQUIRE_MESSAGE(at != std::string::npos, edit.from);
    text.replace(at, edit.from.size(), edit.to);
  }
  return text;
}

// The example as a flow of the other kind, without fault and without warning.
inline std::string co_release() {
  auto text = edited(example(), {{"\"dispatch\"", "\"co_release\""},
                                 {"verdicts =", "reuse_denied = [\"billing\"]\nverdicts ="},
                                 {"[sources.session-broker]", "[[signers.accepts]]\n"
                                                              "item_kind = \"tenant_scope\"\n"
                                                              "roles = [\"support-trust-approver\"]\n\n"
                                                              "[[signers.accepts]]\n"
                                                              "item_kind = \"other\"\n"
                                                              "roles = [\"support-trust-approver\"]\n\n"
                                                              "[sources.session-broker]"},
                                 {"[holds]", "[ledger]\n"
                                             "categories = [\"tenant_scope\", \"chronology\"]\n"
                                             "must_resolve = []\n"
                                             "sections = { case = \"support-trust-lead\" }\n"
                                             "owner = { role = \"support-trust-approver\" }\n\n"
                                             "[holds]"}});
  for (std::size_t at = 0; (at = text.find("on_change = \"hold\"", at)) != std::string::npos;) {
    text.replace(at, 18, "on_change = \"supersede\"");
  }
  return text;
}

inline std::string all_text(const std::vector<Fault>& faults) {
  std::string out;
  for (const Fault& fault : faults) {
    out += fault.text() + "\n";
  }
  return out;
}

inline int line_of(const std::string& text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  REQUIRE_MESSAGE(at != std::string::npos, marker);
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// The text has exactly this fault, on the line of `marker`.
inline void expect(const std::string& text, std::string_view id, std::string_view marker,
                   std::string_view message) {
  const Parsed out = parse_toml(text);
  INFO(all_text(out.faults));
  REQUIRE(out.faults.size() == 1);
  const Fault& fault = out.faults[0];
  CHECK(fault.id == id);
  CHECK(fault.line == line_of(text, marker));
  CHECK(fault.column > 0);
  CHECK(fault.message == message);
  CHECK(fault.error == id.starts_with('E'));
  CHECK(out.charter.has_value() == !fault.error);
}

inline void expect(const std::vector<Edit>& edits, std::string_view id, std::string_view marker,
                   std::string_view message) {
  expect(edited(example(), edits), id, marker, message);
}

inline void expect_co_release(const std::vector<Edit>& edits, std::string_view id, std::string_view marker,
                              std::string_view message) {
  expect(edited(co_release(), edits), id, marker, message);
}

// A due clock before [holds], reading an attribute that `attrs_with_end` declares.
inline Edit due(const std::string& kind, const std::string& at_expiry, const std::string& attr = "end") {
  return {"[holds]", "[clocks.due.end]\nkind = \"" + kind + "\"\nsource = \"tenant-registry\"\nattr = \"" +
                         attr + "\"\nwarn_before = \"1h\"\nat_expiry = \"" + at_expiry + "\"\n\n[holds]"};
}

inline const Edit attrs_with_end{"attrs = { version = \"text\", env_class",
                                 "attrs = { end = \"instant\", version = \"text\", env_class"};

// A condition on the first trigger, whose event then comes from a source with that attribute.
inline const Edit on_scope_changed{"event = \"intake.newer\"", "event = \"scope.changed\""};

inline Edit when(const std::string& rest) {
  return {"effect = \"supersede\"", "effect = \"supersede\"\nwhen = { attr = \"version\", " + rest + " }"};
}

// The text has faults of exactly these kinds; the first of them is on the line of `marker`.
inline void expect_all(const std::vector<Edit>& edits, const std::vector<std::string>& ids,
                       std::string_view marker, std::string_view message) {
  const auto text = edited(co_release(), edits);
  const Parsed out = parse_toml(text);
  INFO(all_text(out.faults));
  REQUIRE(out.faults.size() == ids.size());
  for (const auto& id : ids) {
    CHECK(std::ranges::count(out.faults, id, &Fault::id) == 1);
  }
  const auto at = std::ranges::find(out.faults, ids[0], &Fault::id);
  REQUIRE(at != out.faults.end());
  CHECK(at->line == line_of(text, marker));
  CHECK(at->message == message);
}

} // namespace sallyport::charter::testing
