// Keyed refs: what counts as the same value, and for what.
#include "engine/look_alike.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sallyport;
using namespace sallyport::engine;

namespace {

Secrets invented() {
  return {crypto::Ed25519Key::generate(), crypto::Ed25519Key::generate(), Sensitive(Bytes(32, 7))};
}

} // namespace

TEST_CASE(
    "LINE.DUP_PENDING: values of a case key that people take for one another are one, and others are not") {
  const Secrets secrets = invented();
  const auto ref = [&](const std::string& value) { return look_alike_ref(secrets, "key/session", value); };
  const std::vector<std::pair<std::string, std::string>> alike{
      {"session-4471", " SESSION-4471\n"},
      {"session-4471", "\xEF\xBD\x93\xEF\xBD\x85ssion-4471"}, // fullwidth s, e
      {"session-4471", "s\xD0\xB5ssi\xD0\xBEn-4471"},         // Cyrillic e, o
      {"session-4471", "ses\xE2\x80\x8Bsion-4471"},           // zero-width space
      {"session-4471", "session\xE2\x80\x93"
                       "4471"}, // en dash
      {"Stra\xC3\x9F"
       "e",
       "STRASSE"},                           // full case folding
      {"M\xC3\xBCnchen", "Mu\xCC\x88nchen"}, // composed or not
      {"\xEF\xAC\x81le", "file"}};           // ligature
  for (const auto& [one, other] : alike) {
    CAPTURE(one);
    CAPTURE(other);
    CHECK(ref(one) == ref(other));
  }
  CHECK(ref("session-4471") != ref("session-4472"));
  CHECK(ref("a.b") != ref("ab"));
  CHECK(ref("#1") != ref("1"));
  CHECK(ref("\x01") != ref("\x02"));
  CHECK(ref("session") != look_alike_ref(secrets, "key/operator", "session"));
}

TEST_CASE("a ref that says that two values are one folds case and outer blanks alone") {
  const Secrets secrets = invented();
  CHECK(secrets.ref("scope/tenant", "Tenant-1 ") == secrets.ref("scope/tenant", "tenant-1"));
  CHECK(secrets.ref("scope/tenant", "t\xD0\xB5nant-1") != secrets.ref("scope/tenant", "tenant-1"));
  CHECK(secrets.ref("scope/tenant", "") == secrets.ref("scope/tenant", " "));
}
