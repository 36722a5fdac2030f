// The readers of everything that is stored or signed as canonical bytes: what each takes is written back as
// exactly those bytes, so that nothing can be added to a signed file that its reader passes over.
#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/entry.h"
#include "packet/manifest.h"
#include "packet/roster.h"
#include "packet/seal.h"
#include "packet/statement.h"
#include "packet/view.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

template <class Read> void check_statement(const canon::Value& value, Read&& read) {
  if (const auto act = read(value)) {
    SP_ASSERT(statement(*act) == value);
  }
}

void check_statements(std::string_view bytes) {
  const auto value = canon::parse(bytes);
  if (!value) {
    return;
  }
  check_statement(*value, read_genesis);
  check_statement(*value, read_key);
  check_statement(*value, read_roster_statement);
  check_statement(*value, read_ratify);
  check_statement(*value, read_annex);
}

void check_revision(std::string_view bytes) {
  const auto revision = read_revision(bytes);
  if (!revision) {
    return;
  }
  SP_ASSERT(revision->digest == crypto::sha256(bytes));
  SP_ASSERT(canon::write(canon::parse(bytes).value()) == bytes);
  SP_ASSERT(std::ranges::adjacent_find(revision->sd, std::ranges::greater_equal{}) == revision->sd.end());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text({data, size});
  if (const auto manifest = read_manifest(bytes)) {
    SP_ASSERT(manifest_bytes(*manifest) == bytes);
    SP_ASSERT(holds_digest(manifest->holds) == manifest->holds_digest);
  }
  if (const auto entry = read_entry(bytes)) {
    SP_ASSERT(entry_bytes(*entry) == bytes);
  }
  if (const auto view = read_view(bytes)) {
    SP_ASSERT(view_bytes(*view) == bytes);
  }
  if (const auto roster = read_roster(bytes)) {
    SP_ASSERT(roster_bytes(*roster) == bytes);
  }
  if (const auto disclosure = open_disclosure(bytes)) {
    SP_ASSERT(disclosure->encoded == bytes && disclosure->digest == crypto::sha256(bytes).base64url());
    static_cast<void>(read_audience(*disclosure));
  }
  check_revision(bytes);
  check_statements(bytes);
  return 0;
}
