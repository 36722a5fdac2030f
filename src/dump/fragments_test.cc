// One region of a redacted dump is checked alone, from its file, index, size, path and root.
#include "dump/fragments.h"

#include "base/testing/shared_data.h"
#include "crypto/digest.h"
#include "dump/dump.h"
#include "dump/testing/synthetic.h"

#include <doctest/doctest.h>

#include <set>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

struct Made {
  std::string file = sample_minidump();
  std::vector<Region> regions = read(as_bytes(file)).regions;
  RevisionName name{"du_example", 2, salt_seed(as_bytes(file))};
  FragmentTree tree = fragments_of(name, as_bytes(file), regions);

  FragmentPlace place(std::uint32_t index) const {
    return {index, tree.envelopes.size(), tree.path(index), tree.root};
  }

  std::string envelope(std::uint32_t index) const {
    return dump::envelope(name, as_bytes(file), regions, index);
  }
};

} // namespace

TEST_CASE("B13 INV-32 every fragment is verified alone, and its digest is that of its file") {
  const Made made;
  REQUIRE(made.regions.size() > 20);
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < made.regions.size(); ++i) {
    const std::string file = made.envelope(i);
    const auto header = verify_fragment(as_bytes(file), made.place(i));
    REQUIRE(header);
    CHECK(header->digest == made.tree.envelopes[i]);
    CHECK(header->digest == crypto::sha256(file));
    CHECK(header->offset == bytes);
    bytes += header->bytes;
  }
  CHECK(bytes == made.file.size());
}

TEST_CASE("a fragment of which anything differs is refused") {
  const Made made;
  const std::string file = made.envelope(5);
  const auto refused = [&](std::string_view other, const FragmentPlace& place) {
    return !verify_fragment(as_bytes(other), place).has_value();
  };
  std::string changed = file;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  CHECK(refused(changed, made.place(5)));
  CHECK(refused(file + "x", made.place(5)));
  CHECK(refused(file.substr(0, file.size() - 1), made.place(5)));
  CHECK(refused(made.envelope(6), made.place(5)));
  CHECK(refused(file, made.place(6)));
  FragmentPlace place = made.place(5);
  place.path.pop_back();
  CHECK(refused(file, place));
  place = made.place(5);
  place.root = crypto::sha256("another");
  CHECK(refused(file, place));
  place = made.place(5);
  place.size = 3;
  CHECK(refused(file, place));
  std::string spaced = file;
  spaced.insert(1, " ");
  CHECK(refused(spaced, made.place(5)));
  CHECK(refused("", made.place(5)));
}

TEST_CASE("salts are of the original, the dump, the revision and the region") {
  const Made made;
  std::set<std::string> heads;
  for (const RevisionName& name :
       {made.name, RevisionName{"du_other", 2, made.name.seed}, RevisionName{"du_example", 3, made.name.seed},
        RevisionName{"du_example", 2, salt_seed(as_bytes("another"))}}) {
    const std::string head = dump::envelope(name, as_bytes(made.file), made.regions, 3);
    heads.insert(head.substr(head.find("\"salt\"")));
  }
  CHECK(heads.size() == 4);
  CHECK(dump_id(made.name.seed).size() == 13);
}

TEST_CASE("the envelopes and paths of the worked example are such ones") {
  const std::string parts = "vectors/worked-bundle-b/lane/parts";
  SP_SKIP_WITHOUT_SHARED_DATA(parts)
  const std::filesystem::path folder = sallyport::testing::shared_data(parts);
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = sallyport::testing::read_file(entry.path());
    // A tree of this one fragment alone would have it at another index: only what it says is asked here.
    const auto header = verify_fragment(as_bytes(file), {});
    REQUIRE_FALSE(header);
    CHECK((header.error().where == "/region" || header.error().code == ErrorCode::denied));
    CHECK(crypto::sha256(file).hex() == entry.path().filename().string());
    ++seen;
  }
  CHECK(seen == 4);
}
