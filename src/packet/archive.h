// One list of members per stored type, walked in both directions.
//
// A stored type has `template <class A> void fields(A& a)` that names each member once, as
// a("name", member). Writer turns that walk into canonical JSON, Reader fills the members from it
// and refuses what is missing, unknown or of another shape. So writing and reading cannot drift apart.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "canon/fields.h"
#include "canon/value.h"

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

class Writer;
class Reader;

template <class T>
concept Stored = requires(T& t, Writer& w) { t.fields(w); };

// A small tuple that is stored as an array: `template <class A> void items(A& a)` names each item once.
class RowWriter;
template <class T>
concept Row = requires(T& t, RowWriter& w) { t.items(w); };

// ---- values to JSON

inline canon::Value to_value(const std::string& s) {
  return s;
}

inline canon::Value to_value(bool b) {
  return b;
}

inline canon::Value to_value(std::int64_t n) {
  return n;
}

inline canon::Value to_value(std::uint64_t n) {
  return static_cast<std::int64_t>(n);
}

inline canon::Value to_value(std::uint32_t n) {
  return std::int64_t{n};
}

inline canon::Value to_value(Instant t) {
  return to_string(t);
}

inline canon::Value to_value(Duration d) {
  return d.ms;
}

inline canon::Value to_value(const Digest& d) {
  return d.hex();
}

inline canon::Value to_value(const canon::Value& v) {
  return v;
}

inline canon::Value to_value(const canon::Object& o) {
  return o;
}

template <class K> canon::Value to_value(const Id<K>& id) {
  return id.str();
}

template <Stored T> canon::Value to_value(const T& t);
template <Row T> canon::Value to_value(const T& t);
template <class T> canon::Value to_value(const std::vector<T>& items);
template <class K, class T> canon::Value to_value(const std::map<K, T>& items);

inline std::string to_name(const std::string& s) {
  return s;
}

template <class K> std::string to_name(const Id<K>& id) {
  return id.str();
}

inline std::string to_name(const Digest& d) {
  return d.hex();
}

class Writer {
public:
  template <class T> void operator()(const char* name, const T& member) {
    object.set(name, to_value(member));
  }

  // An empty optional is left out: stored JSON has no null.
  template <class T> void operator()(const char* name, const std::optional<T>& member) {
    if (member) {
      object.set(name, to_value(*member));
    }
  }

  canon::Object object;
};

class RowWriter {
public:
  template <class T> void operator()(const T& item) { array.push_back(to_value(item)); }

  canon::Array array;
};

template <Row T> canon::Value to_value(const T& t) {
  RowWriter w;
  const_cast<T&>(t).items(w);
  return std::move(w.array);
}

template <Stored T> canon::Value to_value(const T& t) {
  Writer w;
  const_cast<T&>(t).fields(w); // the walk does not change what it writes
  return std::move(w.object);
}

template <class T> canon::Value to_value(const std::vector<T>& items) {
  canon::Array out;
  out.reserve(items.size());
  for (const T& item : items) {
    out.push_back(to_value(item));
  }
  return out;
}

template <class K, class T> canon::Value to_value(const std::map<K, T>& items) {
  canon::Object out;
  for (const auto& [key, item] : items) {
    out.set(to_name(key), to_value(item));
  }
  return out;
}

// ---- JSON to values; each answers false where the shape is another

inline bool from_value(const canon::Value& v, std::string& s) {
  const auto* text = v.string();
  return text != nullptr && (s = *text, true);
}

inline bool from_value(const canon::Value& v, bool& b) {
  const auto* flag = v.boolean();
  return flag != nullptr && (b = *flag, true);
}

template <std::integral N>
  requires(!std::same_as<N, bool>)
bool from_value(const canon::Value& v, N& n) {
  const auto* number = v.integer();
  return number != nullptr && std::in_range<N>(*number) && (n = static_cast<N>(*number), true);
}

inline bool from_value(const canon::Value& v, Instant& t) {
  const auto* text = v.string();
  const auto parsed = text == nullptr ? Result<Instant>(Instant{}) : parse_instant(*text);
  return text != nullptr && parsed && (t = *parsed, true);
}

inline bool from_value(const canon::Value& v, Duration& d) {
  return from_value(v, d.ms);
}

inline bool from_value(const canon::Value& v, Digest& d) {
  const auto* text = v.string();
  const auto parsed = text == nullptr ? Result<Digest>(Digest{}) : Digest::from_hex(*text);
  return text != nullptr && parsed && (d = *parsed, true);
}

inline bool from_value(const canon::Value& v, canon::Value& out) {
  return out = v, true;
}

inline bool from_value(const canon::Value& v, canon::Object& out) {
  const auto* object = v.object();
  return object != nullptr && (out = *object, true);
}

inline bool from_name(const std::string& name, std::string& key) {
  return key = name, true;
}

template <class K> bool from_name(const std::string& name, Id<K>& key) {
  auto parsed = Id<K>::parse(name);
  return parsed && (key = *std::move(parsed), true);
}

template <class K> bool from_value(const canon::Value& v, Id<K>& id) {
  const auto* text = v.string();
  return text != nullptr && from_name(*text, id);
}

template <Stored T> bool from_value(const canon::Value& v, T& t);
template <Row T> bool from_value(const canon::Value& v, T& t);

template <class T> bool from_value(const canon::Value& v, std::vector<T>& items) {
  const auto* array = v.array();
  if (array == nullptr) {
    return false;
  }
  items.clear();
  for (const canon::Value& item : *array) {
    if (!from_value(item, items.emplace_back())) {
      return false;
    }
  }
  return true;
}

template <class K, class T> bool from_value(const canon::Value& v, std::map<K, T>& items) {
  const auto* object = v.object();
  if (object == nullptr) {
    return false;
  }
  items.clear();
  for (const auto& [name, member] : *object) {
    K key;
    if (!from_name(name, key) || !from_value(member, items[std::move(key)])) {
      return false;
    }
  }
  return true;
}

class RowReader {
public:
  explicit RowReader(const canon::Value& value) : array_(value.array()) {}

  template <class T> void operator()(T& item) {
    ok_ = ok_ && array_ != nullptr && at_ < array_->size() && from_value((*array_)[at_], item);
    ++at_;
  }

  bool done() const { return ok_ && array_ != nullptr && at_ == array_->size(); }

private:
  const canon::Array* array_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

template <Row T> bool from_value(const canon::Value& v, T& t) {
  RowReader r(v);
  t.items(r);
  return r.done();
}

class Reader {
public:
  Reader(const canon::Value& value, std::string where) : fields_(value, std::move(where)) {}

  template <class T> void operator()(const char* name, T& member) {
    if (!from_value(fields_.any(name), member)) {
      fields_.fault(name, "is of another shape");
    }
  }

  template <class T> void operator()(const char* name, std::optional<T>& member) {
    const canon::Value* value = fields_.maybe(name);
    member.reset();
    if (value != nullptr && !from_value(*value, member.emplace())) {
      fields_.fault(name, "is of another shape");
    }
  }

  canon::Fields& fields() { return fields_; }

  Result<void> done() { return fields_.done(); }

private:
  canon::Fields fields_;
};

template <Stored T> bool from_value(const canon::Value& v, T& t) {
  Reader r(v, "");
  t.fields(r);
  return r.done().has_value();
}

// The stored type, or the first fault with its JSON Pointer.
template <Stored T> Result<T> read(const canon::Value& value, std::string where = "") {
  T t;
  Reader r(value, std::move(where));
  t.fields(r);
  SP_CHECK(r.done());
  return t;
}

} // namespace sallyport::packet
