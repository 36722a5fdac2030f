#include "packet/view.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "packet/disclosure.h"
#include "packet/exact.h"

#include <algorithm>

namespace sallyport::packet {
namespace {

// What no recipe can open: it would tell the lane what upstream sent, or a withheld value's digest.
bool crosses_nowhere(std::string_view pointer) {
  return pointer == "/upstream_digest" || pointer.starts_with("/withheld/");
}

std::size_t stars_in(std::string_view pattern) {
  std::size_t stars = 0;
  for (std::size_t at = pattern.find("/*"); at != std::string_view::npos; at = pattern.find("/*", at + 1)) {
    stars += at + 2 == pattern.size() || pattern[at + 2] == '/' ? 1U : 0U;
  }
  return stars;
}

bool wins(const RecipeRow& a, const RecipeRow& b) {
  const std::size_t a_stars = stars_in(a.pattern);
  const std::size_t b_stars = stars_in(b.pattern);
  if (a_stars != b_stars) {
    return a_stars < b_stars;
  }
  if (a.pattern.size() != b.pattern.size()) {
    return a.pattern.size() > b.pattern.size();
  }
  return a.openness < b.openness;
}

Openness openness_of(const Recipe& recipe, std::string_view pointer) {
  const RecipeRow* best = nullptr;
  for (const RecipeRow& row : recipe) {
    if (canon::pointer_matches(row.pattern, pointer) && (best == nullptr || wins(row, *best))) {
      best = &row;
    }
  }
  return best == nullptr || crosses_nowhere(pointer) ? Openness::omit : best->openness;
}

bool is_well_formed(const View& view) {
  return is_set(view.disclosures) && is_set(view.parts);
}

} // namespace

ViewChoice choose(const Recipe& recipe, const std::vector<std::string>& available) {
  std::vector<std::string> names = available;
  std::ranges::sort(names);
  std::vector<std::string> pointers;
  for (const std::string& name : names) {
    pointers.push_back(split_form(name).pointer);
  }
  std::ranges::sort(pointers);
  pointers.erase(std::ranges::unique(pointers).begin(), pointers.end());
  ViewChoice choice;
  const auto open = [&](const std::string& pointer, Form form) {
    std::string name = with_form(pointer, form);
    const bool there = std::ranges::binary_search(names, name);
    (there ? choice.names : choice.lacking).push_back(std::move(name));
  };
  for (const std::string& pointer : pointers) {
    switch (openness_of(recipe, pointer)) {
    case Openness::omit:
    case Openness::reference:
      break;
    case Openness::pseudonym:
      open(pointer, Form::pseudonym);
      break;
    case Openness::coarse:
      open(pointer, Form::coarse);
      break;
    case Openness::show:
      open(pointer, Form::plain);
      break;
    }
  }
  std::ranges::sort(choice.names);
  std::ranges::sort(choice.lacking);
  return choice;
}

std::string view_bytes(const View& view) {
  SP_ASSERT(is_well_formed(view));
  return canon::write(to_value(view));
}

Result<View> read_view(std::string_view bytes) {
  SP_TRY(View view, read_exact<View>(bytes));
  if (!is_well_formed(view)) {
    return fail(ErrorCode::malformed, "", "a view's lists are sorted and name nothing twice");
  }
  return view;
}

} // namespace sallyport::packet
