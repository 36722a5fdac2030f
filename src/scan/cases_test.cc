#include "base/testing/shared_data.h"
#include "scan/scanner.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <map>
#include <set>
#include <string>

using namespace sallyport;
using namespace sallyport::scan;

namespace {

std::string read_gzip(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  std::string out(1 << 20, '\0');
  const int size = gzread(file, out.data(), static_cast<unsigned>(out.size()));
  REQUIRE(size > 0);
  gzclose(file);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// The rules that count as a hit for a category of the file.
const std::map<std::string, std::set<std::string>>& rules_of_category() {
  static const std::map<std::string, std::set<std::string>> rules = {
      {"email", {"person.email"}},
      {"pan", {"customer.card"}},
      {"iban", {"customer.iban"}},
      {"phone", {"person.phone"}},
      {"ipv4", {"network.ipv4"}},
      {"ipv4_special", {"network.ipv4"}},
      {"ipv6", {"network.ipv6"}},
      {"mac", {"network.mac"}},
      {"jwt", {"secret.jwt"}},
      {"aws_key", {"secret.aws_key_id", "secret.aws_secret"}},
      {"gcp_key", {"secret.google"}},
      {"vcs_token", {"secret.github", "secret.gitlab", "secret.npm"}},
      {"pay_token", {"secret.stripe"}},
      {"chat_token", {"secret.slack"}},
      {"private_key", {"secret.private_key"}},
      {"url_userinfo", {"secret.basic_auth"}},
      {"session_cookie", {"secret.cookie", "secret.session_pair"}},
      {"password_kv", {"secret.assigned_password"}},
      {"uuid_identifier", {"document.uuid"}},
      {"tenant_dictionary", {"term.tenant"}},
      {"person_name_dictionary", {"term.person"}},
      {"user_path", {"person.home_path"}},
      {"us_ssn", {"person.us_ssn"}},
      {"imei", {"person.imei"}},
      {"geo", {"location.coordinates"}},
      {"encoded", {"person.email"}},
  };
  return rules;
}

} // namespace

TEST_CASE("the shared cases: every expected hit, and no hit where none is expected") {
  SP_SKIP_WITHOUT_SHARED_DATA("pii_cases.tsv.gz");
  const std::string key = "a key of the test";
  const std::vector<std::string> tenants{"tnt-ab93kf02mz1q"};
  const std::vector<std::string> persons{"Mara Holt"};
  const Scanner scanner(RuleSet::standard(),
                        {*Dictionary::make(Detector::tenant_identifier, tenants, as_bytes(key)),
                         *Dictionary::make(Detector::person_identifier, persons, as_bytes(key))});
  const std::string text = read_gzip(sallyport::testing::shared_data("pii_cases.tsv.gz"));
  std::size_t cases = 0;
  for (std::size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    const std::string category = line.substr(0, first);
    const std::string sample = line.substr(first + 1, second - first - 1);
    const bool expected = line.substr(second + 1).starts_with("yes");
    CAPTURE(category);
    CAPTURE(sample);
    const auto rules = rules_of_category().find(category);
    REQUIRE(rules != rules_of_category().end());
    bool hit = false;
    bool secret = false;
    for (const Finding& finding : scanner.scan(sample).findings) {
      hit |= rules->second.contains(finding.rule);
      secret |= finding.klass == secret_class;
    }
    CHECK(hit == expected);
    // What is no secret of its category must not be withheld as another one either.
    CHECK((expected || !secret));
    ++cases;
  }
  CHECK(cases >= 101);
}
