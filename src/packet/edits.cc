// Edits of a working revision's content: coproduced.h.
#include "packet/coproduced.h"

#include "canon/fields.h"
#include "canon/pointer.h"
#include "packet/names.h"

#include <algorithm>
#include <array>
#include <set>

namespace sallyport::packet {
namespace {

// Collections by how many segments name them; below them an item's id, then a member's name.
constexpr std::array simple{"narrative", "claims",  "regions",   "dumps", "fragments",
                            "retention", "caveats", "citations", "bounds"};
constexpr std::array nested{"symbolization", "scope"};
constexpr std::array symbols{"frames", "modules", "requests"};

bool is_one_of(const auto& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// How many segments name the item; 0 where the pointer is of no collection.
std::size_t item_depth(const std::vector<std::string>& segments) {
  if (segments.size() >= 2 && is_one_of(simple, segments[0])) {
    return 2;
  }
  const bool named = segments.size() >= 3 && is_one_of(nested, segments[0]) &&
                     (segments[0] == "scope" ? is_name(segments[1]) : is_one_of(symbols, segments[1]));
  return named ? 3 : 0;
}

// Scope elements and bounds are put whole.
bool is_whole(const std::vector<std::string>& segments) {
  return segments[0] == "scope" || segments[0] == "bounds";
}

bool is_place_of(const std::vector<std::string>& segments) {
  const std::size_t depth = item_depth(segments);
  if (depth == 0) {
    return false;
  }
  const std::string& id = segments[depth - 1];
  const bool item = segments[0] == "bounds" ? is_name(id) : is_item_id(id);
  return item && (segments.size() == depth ||
                  (segments.size() == depth + 1 && !is_whole(segments) && is_name(segments[depth])));
}

canon::Object& below(canon::Object& parent, const std::string& name) {
  canon::Value* found = parent.find(name);
  if (found == nullptr || found->object() == nullptr) {
    parent.set(name, canon::Object{});
    found = parent.find(name);
  }
  return *found->object();
}

bool remove(canon::Object& content, const std::vector<std::string>& segments) {
  canon::Object* at = &content;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    canon::Value* next = at->find(segments[i]);
    if (next == nullptr || next->object() == nullptr) {
      return false;
    }
    at = next->object();
  }
  return at->erase(segments.back());
}

} // namespace

Result<std::vector<Op>> read_ops(const canon::Value& ops) {
  constexpr std::size_t ops_max = 64; // what they touch stands in one leaf
  if (ops.array() == nullptr || ops.array()->empty() || ops.array()->size() > ops_max) {
    return fail(ErrorCode::malformed, "/ops", "expected a list of 1 to 64 ops");
  }
  std::vector<Op> out;
  std::vector<std::string> segments;
  for (std::size_t i = 0; i < ops.array()->size(); ++i) {
    const std::string where = "/ops/" + std::to_string(i);
    canon::Fields f((*ops.array())[i], where);
    Op op;
    const std::string word = f.string("op");
    op.put = word == "put";
    op.at = f.string("at");
    if (op.put) {
      op.value = f.any("value");
    } else if (word != "remove") {
      f.fault("op", "expected put or remove");
    }
    SP_CHECK(f.done());
    if (!canon::pointer_split(op.at, segments) || !is_place_of(segments)) {
      return fail(ErrorCode::malformed, where + "/at", "expected the pointer of an item or of its member");
    }
    const bool item = segments.size() == item_depth(segments);
    if (op.put && item && segments[0] != "bounds" && op.value.object() == nullptr) {
      return fail(ErrorCode::malformed, where + "/value", "an item is an object");
    }
    out.push_back(std::move(op));
  }
  return out;
}

bool is_place(std::string_view pointer) {
  std::vector<std::string> segments;
  return canon::pointer_split(pointer, segments) && is_place_of(segments);
}

std::vector<std::string> touches_of(const std::vector<Op>& ops) {
  std::set<std::string> out;
  for (const Op& op : ops) {
    out.insert(op.at);
  }
  return {out.begin(), out.end()};
}

bool overlap(std::string_view a, std::string_view b) {
  const std::string_view shorter = a.size() < b.size() ? a : b;
  const std::string_view longer = a.size() < b.size() ? b : a;
  return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

Result<canon::Object> apply_ops(canon::Object content, const std::vector<Op>& ops) {
  std::vector<std::string> segments;
  for (const Op& op : ops) {
    canon::pointer_split(op.at, segments);
    if (!op.put) {
      if (!remove(content, segments)) {
        return fail(ErrorCode::malformed, op.at, "there is nothing to remove");
      }
      continue;
    }
    canon::Object* at = &content;
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
      at = &below(*at, segments[i]);
    }
    at->set(segments.back(), op.value);
  }
  return content;
}

} // namespace sallyport::packet
