#include "charter/canonical.h"

#include "canon/json.h"
#include "charter/describe.h"
#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::charter {
namespace {

using canon::Array;
using canon::Object;
using canon::Value;

template <class T> Value encode(const T& x);

class Encoder {
public:
  template <class T> void operator()(std::string_view name, const T& x) {
    if constexpr (detail::is_optional<T>) {
      if (x) {
        (*this)(name, *x);
      }
    } else {
      out_.set(std::string(name), encode(x));
    }
  }

  template <class T> void maybe(std::string_view name, const T& collection) {
    if (!collection.empty()) {
      (*this)(name, collection);
    }
  }

  void if_true(std::string_view name, bool flag) {
    if (flag) {
      (*this)(name, flag);
    }
  }

  void bound(std::string_view name, const std::optional<Value>& max) {
    out_.set(std::string(name), max.value_or(Value("from_packet")));
  }

  void any_of(const Requirement& row) {
    if (row.any_of) {
      (*this)("any_of", row.roles);
    } else if (!row.roles.empty()) {
      (*this)("role", *row.roles.begin());
    }
  }

  Object take() { return std::move(out_); }

private:
  Object out_;
};

Value encode(const Window& window) {
  Encoder io;
  if (const auto* shift = std::get_if<Shift>(&window)) {
    io("kind", WindowKind::shift);
    io("tz", shift->tz);
    io("days", shift->days);
    io("from", shift->from);
    io("to", shift->to);
  } else if (const auto* embargo = std::get_if<Embargo>(&window)) {
    io("kind", embargo->until ? WindowKind::embargo_until : WindowKind::embargo_after);
    if (const auto* at = std::get_if<Instant>(&embargo->at)) {
      io("at", *at);
    } else {
      io("source", std::get<AttrRef>(embargo->at).source);
      io("attr", std::get<AttrRef>(embargo->at).attr);
    }
  } else if (const auto* freeze = std::get_if<Freeze>(&window)) {
    io("kind", WindowKind::freeze);
    if (const auto* range = std::get_if<Interval>(&freeze->range)) {
      io("starts", range->from);
      io("ends", range->until);
    } else {
      const auto& read = std::get<AttrInterval>(freeze->range);
      io("source", read.source);
      io("starts_attr", read.starts_attr);
      io("ends_attr", read.ends_attr);
    }
  }
  return io.take();
}

template <class T> Value encode_each(const T& collection) {
  Array out;
  for (const auto& item : collection) {
    out.push_back(encode(item));
  }
  return out;
}

template <class T> Value encode(const T& x) {
  if constexpr (std::is_enum_v<T>) {
    return to_word(x);
  } else if constexpr (std::is_same_v<T, Duration>) {
    return x.ms;
  } else if constexpr (std::is_same_v<T, Instant>) {
    return to_string(x);
  } else if constexpr (std::is_same_v<T, PersonId> || std::is_same_v<T, View> ||
                       std::is_same_v<T, TimeOfDay>) {
    return x.str();
  } else if constexpr (detail::is_set<T>) {
    Value out = encode_each(x);
    std::ranges::sort(*out.array(), [](const Value& a, const Value& b) {
      return canon::utf16_less(*a.string(), *b.string());
    });
    return out;
  } else if constexpr (detail::is_vector<T>) {
    return encode_each(x);
  } else if constexpr (detail::is_map<T>) {
    Object out;
    for (const auto& [key, value] : x) {
      if constexpr (std::is_enum_v<typename T::key_type>) {
        out.set(std::string(to_word(key)), encode(value));
      } else {
        out.set(key, encode(value));
      }
    }
    return out;
  } else if constexpr (std::is_constructible_v<Value, const T&>) {
    return Value(x);
  } else {
    Encoder io;
    describe(io, x);
    return io.take();
  }
}

} // namespace

Value canonical(const Charter& charter) {
  Encoder io;
  io("v", vocabulary_version);
  describe(io, charter);
  Object out = io.take();
  if (charter.flow == Flow::dispatch) {
    out.find("signers")->object()->erase("accepts");
    out.erase("ledger");
  }
  return out;
}

Digest digest(const Charter& charter) {
  return crypto::sha256(canon::write(canonical(charter)));
}

} // namespace sallyport::charter
