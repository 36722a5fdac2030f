// A view is a set of disclosures and parts of one revision, chosen by a recipe. The broad view is the
// revision's bytes alone. The manifest binds the lane view's digest, and verification demands equality
// of sets: nothing missing, nothing more.
#pragma once

#include "base/digest.h"
#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

// How open a pattern of pointers is. `reference` shows the item's id only, which is no disclosure.
enum class Openness { omit, reference, pseudonym, coarse, show };

struct RecipeRow {
  std::string pattern; // a segment `*` stands for exactly one segment
  Openness openness = Openness::omit;
};

using Recipe = std::vector<RecipeRow>;

struct ViewChoice {
  std::vector<std::string> names;   // disclosure names that the view opens, sorted
  std::vector<std::string> lacking; // names that the recipe asks for, of values that are only there in
                                    // another form; a pointer that the revision lacks altogether is a
                                    // matter of the charter's intake_fields
};

// `available` holds the names of a revision's disclosures. Of two patterns that match a pointer the one
// with fewer `*` wins, then the longer, then the less open. What no row matches is omitted;
// /upstream_digest and /withheld/* are omitted whatever a row says.
ViewChoice choose(const Recipe& recipe, const std::vector<std::string>& available);

struct View {
  std::string view; // "lane"
  Digest revision;
  Digest recipe;                        // the charter's digest
  std::vector<std::string> disclosures; // digests, sorted
  std::vector<Digest> parts;            // sorted

  template <class A> void fields(A& a) {
    std::int64_t v = 1;
    a("v", v);
    a("view", view);
    a("revision", revision);
    a("recipe", recipe);
    a("disclosures", disclosures);
    a("parts", parts);
  }

  bool operator==(const View&) const = default;
};

std::string view_bytes(const View& view); // canonical; SHA-256 of it is the view digest
Result<View> read_view(std::string_view bytes);

} // namespace sallyport::packet
