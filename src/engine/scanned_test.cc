// A submission that was scanned elsewhere is taken only while the same would be looked for.
#include "canon/json.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"

#include <doctest/doctest.h>

#include <thread>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

template <class T> T in_batch(Office& office, const std::function<T(Core&)>& read) {
  std::optional<T> out;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    out.emplace(read(*office.core));
    return {};
  }));
  return *std::move(out);
}

} // namespace

TEST_CASE(
    "MIN.UNSCANNED: a scan on another thread finds what one at the door does, and counts only for the names "
    "that are listed now") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const std::string document = office.submission("case-1", 1, "Harbour Kiln saw it first.");
  const auto terms = in_batch<ScanTerms>(office, scan_terms);
  std::optional<Scanned> elsewhere;
  std::thread([&] { elsewhere.emplace(scan_submission(terms, document)); }).join();
  REQUIRE(elsewhere->submission);
  CHECK_FALSE(elsewhere->fault);
  CHECK(elsewhere->complete);
  const std::string token = "ghp_" + std::string("16C7e42F292c6912E7710c838347Ae178B4a");
  CHECK(elsewhere->clean.withheld.empty());
  CHECK(scan_submission(terms, office.submission("case-2", 1, "Seen: " + token)).clean.withheld.size() == 1);
  const auto current = [&] {
    return in_batch<bool>(office, [&](Core& c) { return is_current(c, *elsewhere); });
  };
  CHECK(current());

  REQUIRE(office.core->run(office.now, [&] {
    return office.core->remember_terms("tenant-registry", {{"Harbour Kiln", "tenant-4471"}, office.now});
  }));
  CHECK_FALSE(current()); // another tenant's name would be found now
  const auto again =
      in_batch<Scanned>(office, [&](Core& c) { return scan_submission(scan_terms(c), document); });
  CHECK(again.findings.size() > elsewhere->findings.size());

  elsewhere = again;
  CHECK(current());
  office.now = office.now + Duration{40LL * 86'400'000};
  CHECK_FALSE(current()); // nobody knows the names any more
}

TEST_CASE("a scan is given back for what is no submission, and none of it is taken in") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const auto terms = in_batch<ScanTerms>(office, scan_terms);
  const Scanned scanned = scan_submission(terms, "{");
  CHECK_FALSE(scanned.submission);
  CHECK_FALSE(scanned.complete);
  const auto outcome = in_batch<Result<IntakeOutcome>>(
      office, [&](Core& c) { return submit_packet(c, office.intake, scanned); });
  REQUIRE(outcome);
  CHECK(outcome->fault);
  CHECK(office.core->state().packets.empty());
}
