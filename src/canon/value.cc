#include "canon/value.h"

#include <algorithm>
#include <functional>

namespace sallyport::canon {

Object::Object() = default;
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

Object::Object(std::initializer_list<Member> members) {
  members_.reserve(members.size());
  for (const Member& member : members) {
    set(member.first, member.second);
  }
}

// UTF-8 sorts like code points. UTF-16 differs only in that the surrogates (code points from U+10000,
// lead byte F0 or more) sort before U+E000-U+FFFF (lead byte EE or EF).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (y == b.end()) {
    return false;
  }
  if (x == a.end()) {
    return true;
  }
  const auto p = static_cast<std::uint8_t>(*x);
  const auto q = static_cast<std::uint8_t>(*y);
  const bool p_high = p >= 0xF0;
  const bool q_high = q >= 0xF0;
  if (p_high != q_high && p >= 0xEE && q >= 0xEE) {
    return p_high;
  }
  return p < q;
}

namespace {

auto lower_bound(auto& members, std::string_view name) {
  return std::ranges::lower_bound(members, name, utf16_less,
                                  [](const Member& m) { return std::string_view(m.first); });
}

} // namespace

std::expected<Object, std::string> Object::of(std::vector<Member> members) {
  const auto name = [](const Member& m) { return std::string_view(m.first); };
  std::ranges::sort(members, utf16_less, name);
  const auto twice = std::ranges::adjacent_find(members, std::ranges::equal_to(), name);
  if (twice != members.end()) {
    return std::unexpected(twice->first);
  }
  Object out;
  out.members_ = std::move(members);
  return out;
}

const Value* Object::find(std::string_view name) const {
  const auto at = lower_bound(members_, name);
  return at != members_.end() && at->first == name ? &at->second : nullptr;
}

Value* Object::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));
}

void Object::set(std::string name, Value value) {
  const auto at = lower_bound(members_, name);
  if (at != members_.end() && at->first == name) {
    at->second = std::move(value);
  } else {
    members_.emplace(at, std::move(name), std::move(value));
  }
}

bool Object::insert(std::string name, Value value) {
  const auto at = lower_bound(members_, name);
  if (at != members_.end() && at->first == name) {
    return false;
  }
  members_.emplace(at, std::move(name), std::move(value));
  return true;
}

bool Object::erase(std::string_view name) {
  const auto at = lower_bound(members_, name);
  if (at == members_.end() || at->first != name) {
    return false;
  }
  members_.erase(at);
  return true;
}

bool Object::empty() const {
  return members_.empty();
}

std::size_t Object::size() const {
  return members_.size();
}

std::vector<Member>::const_iterator Object::begin() const {
  return members_.begin();
}

std::vector<Member>::const_iterator Object::end() const {
  return members_.end();
}

bool Object::operator==(const Object&) const = default;

const Value* Value::find(std::string_view name) const {
  const Object* o = object();
  return o == nullptr ? nullptr : o->find(name);
}

} // namespace sallyport::canon
