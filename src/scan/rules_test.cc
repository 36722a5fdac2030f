// One positive and one negative sample for every rule. Samples are invented, or the published test
// numbers of the schemes; they open nothing.
#include "scan/numbers.h"
#include "scan/scanner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace sallyport::scan;

namespace {

struct Sample {
  const char* rule;
  const char* positive;
  const char* negative;
};

// Split, so that no scanner of repositories takes a sample for a token of somebody.
#define JOIN(a, b) a b

constexpr Sample samples[] = {
    {"customer.card", "paid with 4111 1111 1111 1111 today", "order 4111 1111 1111 1112"},
    {"customer.iban", "to GB82 WEST 1234 5698 7654 32", "to GB83 WEST 1234 5698 7654 32"},
    {"document.uuid", "F47AC10B-58CC-4372-A567-0E02B2C3D479", "8c1f7e0a-52b4-4d1e-9a70"},
    {"location.coordinates", "lat=52.520008, lon=13.404954", "lat=52.5, lon=13.4"},
    {"network.ipv4", "from 198.51.100.23:443", "libfoo.so.1.2.3.4"},
    {"network.ipv6", "[2001:db8::42:1]:8443", "std::vector and a::b"},
    {"network.mac", "hw 3C:22:FB:9A:10:7E", "3C:22:FB:9A:10:7E:55"},
    {"path.kube", "read /home/ci/.kube/config", "the kube configuration"},
    {"path.process", "cat /proc/1234/environ", "see /proc/cpuinfo"},
    {"path.root_home", "path:/root/.bashrc", "mounted at /chroot/root/"},
    {"path.secrets", "in /var/run/secrets/db", "/var/lib/secretary/x"},
    {"path.service_root", "svc/payments/var/root/id", "svc/payments/var/log/id"},
    {"path.ssh", "~/.ssh/authorized_keys", "ssh configuration"},
    {"path.system", "cat /etc/shadow", "cat /etc/hostname"},
    {"person.email", "jo.lind@mail.example", "jo.lind@mail"},
    {"person.home_path", "/home/mholt/notes.txt", "/homepage/users/list"},
    {"person.imei", "49-015420-323751-8", "49-015420-323751-9"},
    {"person.phone", "+1 (415) 555-0132", "555-0132"},
    {"person.us_ssn", "SSN 536-22-8145", "SSN 666-22-8145"},
    {"secret.assigned_password", "password=Tr0ub4dor&3xY", "password=********"},
    {"secret.assigned_token", "session_token: q9Zx7Kw2LmPvT4Rb", "session_token: <token>"},
    {"secret.aws_key_id", JOIN("ASIA", "J5K7PLQ2MZTR4VUX"), "AKIAIOSFODNN7EXAMPLE"},
    {"secret.aws_secret", "aws_secret_access_key = " JOIN("q9Zx7Kw2LmPvT4RbYc8D", "uE1fGh3iJk5lMn6oPaSd"),
     "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
    {"secret.basic_auth", "https://bot:tok3n-Value@repo.example/x.git",
     "https://bot:<password>@repo.example/"},
    {"secret.bearer", "Authorization: Bearer q9Zx7Kw2LmPvT4RbYc8D", "Bearer authentication-is-required-here"},
    {"secret.cookie", "Set-Cookie: connect.sid=s%3Aq9Zx7Kw2LmPvT4; Path=/",
     "Cookie: theme=dark; lang=english"},
    {"secret.github", JOIN("ghp_", "9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX"),
     "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
    {"secret.gitlab", JOIN("glpat-", "q9Zx7Kw2LmPvT4RbYc8D"), "glpat-short"},
    {"secret.google", JOIN("AIza", "Syq9Zx7Kw2LmPvT4RbYc8DuE1fGh3iJk5lM"), "AIzaSyShort"},
    {"secret.jwt", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJ0ZW5hbnQiOiJ0bnQtYWI5In0.c2lnbmF0dXJlLXNhbXBsZQ",
     "eyJhbGciOiJIUzI1NiJ9"},
    {"secret.near_context", "the token we saw was q9Zx7Kw2LmPvT4RbYc8DuE1f",
     "the token digest SHA256:q9Zx7Kw2LmPvT4RbYc8DuE1f"},
    {"secret.npm", JOIN("npm_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"), "npm_config_registry"},
    {"secret.okta", "okta session 00q9Zx7Kw2LmPvT4RbYc8DuE1fGh3iJk5lMn6oPaSd", "okta session 00q9Zx7Kw2"},
    {"secret.okta_session", "sid=102q9Zx7Kw2LmPvT4RbYc8Du", "sid=S-1-5-21-3623811015"},
    {"secret.private_key", "-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----"},
    {"secret.sallyport", JOIN("sp_", "2345abcdef_q9Zx7Kw2LmPvT4RbYc8DuE1fGh3iJk5lMn6oPaSdQwE"),
     "sp_2345abcdef_short"},
    {"secret.saml", "<saml2:Assertion ID=\"_a1\" Version=\"2.0\">",
     "<md:AssertionConsumerService index=\"0\">"},
    {"secret.session_pair", "JSESSIONID=9A3F1C77D2E04B5588AA", "JSESSIONID="},
    {"secret.slack", JOIN("xoxb-", "2048571938-q9Zx7Kw2LmPvT4"), "xoxb-"},
    {"secret.stripe", JOIN("rk_test_", "wxlcPAnFHS0GcA05rfrUNZQW"), "risk_live_7WzYvgoEuV7WzYvgoEuV"},
    {"secret.teleport", "teleport join token: 8c1f7e0a52b44d1e9a7035bb9f0d1c2e",
     "teleport session digest: none"},
};

bool hits(const Scanner& scanner, std::string_view text, std::string_view rule) {
  const ScanResult result = scanner.scan(text);
  return std::ranges::any_of(result.findings,
                             [&](const Finding& f) { return f.rule == rule && f.via.empty(); });
}

} // namespace

TEST_CASE("every rule finds its sample and leaves its counter-sample") {
  const Scanner scanner(RuleSet::standard());
  for (const Sample& sample : samples) {
    CAPTURE(sample.rule);
    CHECK(hits(scanner, sample.positive, sample.rule));
    CHECK(hits(scanner, std::string("text before ") + sample.positive + "\nand after", sample.rule));
    CHECK_FALSE(hits(scanner, sample.negative, sample.rule));
  }
}

TEST_CASE("no rule is without a sample, ids are distinct, and each has a class") {
  std::set<std::string_view> sampled;
  for (const Sample& sample : samples) {
    sampled.insert(sample.rule);
  }
  std::set<std::string_view> ids;
  for (const Rule& rule : RuleSet::standard().rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK_FALSE(rule.klass.empty());
    CHECK((rule.detector == Detector::secret_or_token) == (rule.klass == secret_class));
    const bool own_test = rule.kind == RuleKind::term || rule.kind == RuleKind::budget;
    CHECK((own_test || sampled.contains(rule.id)));
  }
}

TEST_CASE("placeholders are no secrets") {
  const Scanner scanner(RuleSet::standard());
  for (const char* decoy :
       {"token: <token>", "password=xxxxxxxx", "password = \"REDACTED\"", "secret=****************",
        "Authorization: Bearer ${ACCESS_TOKEN_VALUE_1}", "api_key=your_api_key_goes_here_1234",
        "https://user:password@host.example/", "token=tk_2345abcdef",
        "token_digest: 9f86d081884c7d659a2feaa0c55ad015",
        "the token endpoint is https://idp.example/oauth2/v1/token", "password: please ask the owner"}) {
    CAPTURE(decoy);
    for (const Finding& finding : scanner.scan(decoy).findings) {
      CHECK(finding.klass != secret_class);
    }
  }
}

TEST_CASE("a check digit that is wrong by one is no card and no account") {
  CHECK(luhn("4111111111111111"));
  CHECK(is_iban("NO9386011117947"));
  const Scanner scanner(RuleSet::standard());
  for (std::size_t at = 0; at < 16; ++at) {
    std::string card = "4012888888881881";
    card[at] = card[at] == '9' ? '0' : static_cast<char>(card[at] + 1);
    CAPTURE(at);
    CHECK_FALSE(hits(scanner, card, "customer.card"));
  }
}
