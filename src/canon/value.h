// JSON as a value: I-JSON without floats (design section 4). Objects are kept in the order of
// RFC 8785 (UTF-16 code units), so that writing is a walk and equality is equality of bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sallyport::canon {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;

// Names are unique; setting one that is there replaces its value.
class Object {
public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  // Of members in any order, in n log n steps; else the name that is there twice. What strangers hand over is
  // read by this: set() and insert() move what stands behind their place.
  static std::expected<Object, std::string> of(std::vector<Member> members);

  const Value* find(std::string_view name) const; // null where absent
  Value* find(std::string_view name);
  void set(std::string name, Value value);
  // False, and nothing changes, where the name is there already.
  bool insert(std::string name, Value value);
  bool erase(std::string_view name);

  bool empty() const;
  std::size_t size() const;
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  bool operator==(const Object&) const;

private:
  std::vector<Member> members_;
};

class Value {
public:
  Value() = default; // null

  Value(std::nullptr_t) {}

  Value(bool b) : data_(b) {}

  Value(std::int64_t n) : data_(n) {}

  Value(int n) : data_(std::int64_t{n}) {}

  Value(std::size_t n) : data_(static_cast<std::int64_t>(n)) {}

  Value(std::string s) : data_(std::move(s)) {}

  Value(std::string_view s) : data_(std::string(s)) {}

  Value(const char* s) : data_(std::string(s)) {}

  Value(Array a) : data_(std::move(a)) {}

  Value(Object o) : data_(std::move(o)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }

  // Null where the value is of another type.
  const bool* boolean() const { return std::get_if<bool>(&data_); }

  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }

  const std::string* string() const { return std::get_if<std::string>(&data_); }

  const Array* array() const { return std::get_if<Array>(&data_); }

  const Object* object() const { return std::get_if<Object>(&data_); }

  Array* array() { return std::get_if<Array>(&data_); }

  Object* object() { return std::get_if<Object>(&data_); }

  // The member of an object; null where this is no object or has no such member.
  const Value* find(std::string_view name) const;

  bool operator==(const Value&) const = default;

private:
  std::variant<std::nullptr_t, bool, std::int64_t, std::string, Array, Object> data_ = nullptr;
};

// True iff `a` sorts before `b` by UTF-16 code units (RFC 8785 section 3.2.3). Both are UTF-8.
bool utf16_less(std::string_view a, std::string_view b);

} // namespace sallyport::canon
