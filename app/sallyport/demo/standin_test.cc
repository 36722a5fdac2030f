#include "demo/standin.h"

#include "base/testing/shared_data.h"
#include "source/probe.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace sallyport;
using sallyport::source::ObjectStatus;

namespace {

const std::filesystem::path examples = std::filesystem::path(SALLYPORT_SOURCE_DIR) / "examples";
const Instant now = parse_instant("2026-11-20T10:00:00.000Z").value();

struct Running {
  demo::Standin standin{[] { return now; }, demo::dispatch_vendors()};

  Running() {
    REQUIRE(standin.load(examples / "records").has_value());
    REQUIRE(standin.start().has_value());
  }

  Result<source::Answer> probe(const std::string& id, const std::vector<std::string>& keys) const {
    const std::string text = sallyport::testing::read_file(examples / "sources" / (id + ".json"));
    const auto config = source::parse_config(text, standin.base_url(id));
    REQUIRE_MESSAGE(config.has_value(), config.error().text());
    return source::probe(*config, keys, [] { return now; });
  }

  source::ObjectAnswer object(const std::string& id, const std::string& key) const {
    const auto answer = probe(id, {key});
    REQUIRE_MESSAGE(answer.has_value(), id, ": ", answer.error().text());
    return answer->objects.at(0);
  }
};

const std::vector<std::pair<std::string, std::string>> citations = {
    {"session-broker", "0b8f6a52-61c7-4c0f-9d35-2291a4e7c0de"},
    {"break-glass-ledger", "BG-2291"},
    {"remote-console", "RC-88317"},
    {"identity-provider", "a6c1c2d8-c4f1-11f0-8f3e-0242ac120002"},
    {"tenant-registry", "TR-0881"},
    {"tenant-registry", "TR-0897"},
    {"tenant-registry", "HN-4471-3"},
    {"intake-triage", "TBA-5512"},
    {"intake-triage", "CASE-20771"},
    {"intake-triage", "ESC-9034"},
};

} // namespace

TEST_CASE("every example source finds its example record, and says when that is gone") {
  Running running;
  for (const auto& [source, key] : citations) {
    CAPTURE(key);
    const auto found = running.object(source, key);
    CHECK(found.status == ObjectStatus::found);
    CHECK(running.standin.remove(source, key));
    CHECK(running.object(source, key).status == ObjectStatus::gone);
    CHECK_FALSE(running.standin.remove(source, key));
  }
}

TEST_CASE("a source that lags says so in its watermark") {
  Running running;
  for (const auto& [source, key] : citations) {
    CAPTURE(source);
    running.standin.set_lag(source, {});
    CHECK(running.probe(source, {}).value().complete_through == now);
    running.standin.set_lag(source, Duration{7'200'000});
    CHECK(running.probe(source, {}).value().complete_through == now - Duration{7'200'000});
  }
}

TEST_CASE("a source that is down is unavailable until it is up again") {
  Running running;
  running.standin.set_down("identity-provider", true);
  const auto down = running.probe("identity-provider", {});
  REQUIRE_FALSE(down);
  CHECK(down.error().code == ErrorCode::unavailable);
  CHECK(running.probe("session-broker", {}).has_value());
  running.standin.set_down("identity-provider", false);
  CHECK(running.probe("identity-provider", {}).has_value());
}

TEST_CASE("a record that is replaced has other content") {
  Running running;
  const auto before = running.object("tenant-registry", "TR-0881");
  const std::string text = sallyport::testing::read_file(examples / "records/tenant_record.json");
  std::string changed = text;
  changed.replace(changed.find("no-customer-name"), 16, "none");
  REQUIRE(running.standin.set_record("tenant-registry", "TR-0881", changed).has_value());
  const auto after = running.object("tenant-registry", "TR-0881");
  CHECK(after.content != before.content);
  CHECK(after.attrs.at("handling") == "none");
  CHECK_FALSE(running.standin.set_record("tenant-registry", "TR-0881", "{"));
}

TEST_CASE("the directory's version moves with its people") {
  Running running;
  const auto before = running.probe("reviewer-directory", {}).value().directory.value();
  CHECK(before.members.size() == 3);
  running.standin.set_directory_members({"pe_b", "pe_a"});
  const auto after = running.probe("reviewer-directory", {}).value().directory.value();
  CHECK(after.members == std::vector<std::string>{"pe_a", "pe_b"});
  CHECK(after.version != before.version);
}
