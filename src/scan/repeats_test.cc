// What a long repeat of one byte hides is found beside it, and costs nothing within.
#include "scan/repeats.h"

#include "base/bytes.h"
#include "scan/document.h"
#include "scan/testing/deflate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <string>

using namespace sallyport;
using namespace sallyport::scan;
using sallyport::scan::testing::deflated;

namespace {

constexpr std::size_t mib = 1024 * 1024;
const std::string mail = "jo.lind@mail.example";
const std::string secret = "ghp_9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX";

} // namespace

TEST_CASE("all but the middle of a long repeat is looked at, and of a short one all") {
  CHECK(without_repeats("") == std::vector<Stretch>{{0, 0}});
  const std::string unlike = "unlike";
  CHECK(without_repeats(unlike + std::string(3 * repeat_kept, 'x')) ==
        std::vector<Stretch>{{0, unlike.size() + 3 * repeat_kept}});
  for (const std::size_t before : {0U, 1U, 6U, 32767U, 32768U, 65535U, 65536U, 100000U}) {
    const std::string text = std::string(before, 'b') + std::string(mib, '\0') + "behind";
    std::size_t done = 0;
    for (const Stretch& stretch : without_repeats(text)) {
      const std::string_view left = std::string_view(text).substr(done, stretch.from - done);
      CHECK(left.find_first_not_of('\0') == std::string_view::npos);
      if (done != 0) {
        CHECK(done >= before + repeat_kept);
        CHECK(stretch.from + repeat_kept <= before + mib);
      }
      done = stretch.until;
    }
    CHECK(done == text.size());
    CHECK(without_repeats(text).size() == 2);
  }
}

TEST_CASE("a value before, between and behind long repeats is found at its place, in the clear and encoded") {
  const Scanner scanner(RuleSet::standard());
  for (const char filler : {'\0', ' ', 'A', '0', 'x', '-'}) {
    CAPTURE(filler);
    const std::string edge = filler == ' ' ? "" : " ";
    const std::string repeat = edge + std::string(mib, filler) + edge;
    const std::string encoded = to_base64(as_bytes("mail to " + mail));
    const std::string escaped = "jo%2Elind%40mail.example";
    const std::string text = mail + repeat + encoded + repeat + escaped + repeat + deflated(secret, 31) +
                             repeat + secret + repeat + mail;
    const ScanResult result = scanner.scan(text);
    CHECK(result.complete);
    std::vector<std::string_view> found;
    for (const Finding& f : result.findings) {
      found.push_back(std::string_view(text).substr(f.from, f.until - f.from));
    }
    REQUIRE(found.size() == 6);
    CHECK(found[0] == mail);
    CHECK(found[1] == encoded.substr(0, encoded.find('=')));
    CHECK(found[2] == escaped);
    CHECK(result.findings[3].via == std::vector{Encoding::gzip});
    CHECK(found[4] == secret);
    CHECK(found[5] == mail);
  }
}

TEST_CASE(
    "a small gzip of very much of one byte costs less than a second, and what it is cut off before is said") {
  const Scanner scanner(RuleSet::standard());
  for (const char filler : {'\0', 'x', 'A', '0'}) {
    const std::string bomb = deflated(secret + " " + std::string(44 * mib, filler), 31);
    REQUIRE(bomb.size() < 45 * 1024);
    Spent spent;
    const std::clock_t begin = std::clock();
    const DocumentResult result = scan_part(scanner, bomb, "application/gzip", "a.gz", spent);
    CHECK(std::clock() - begin < CLOCKS_PER_SEC); // of this process, however busy the machine
    CHECK_FALSE(result.complete);
    const auto has = [&](std::string_view rule) {
      return std::ranges::any_of(result.findings, [&](const Located& l) { return l.finding.rule == rule; });
    };
    CHECK(has("secret.github"));
    CHECK(has("budget.decoding"));
  }
}
