#include "charter/decode.h"

#include "charter/describe.h"
#include "charter/spelling.h"

namespace sallyport::charter {
namespace {

using canon::Value;

template <class T> void decode_into(const Value& from, T& x);

class Decoder {
public:
  explicit Decoder(const Value& from) : from_(from) {}

  template <class T> void operator()(std::string_view name, T& x) {
    const Value* value = from_.find(name);
    if (value == nullptr) {
      return;
    }
    if constexpr (detail::is_optional<T>) {
      decode_into(*value, x.emplace());
    } else {
      decode_into(*value, x);
    }
  }

  template <class T> void maybe(std::string_view name, T& collection) { (*this)(name, collection); }

  void if_true(std::string_view name, bool& flag) { (*this)(name, flag); }

  void bound(std::string_view name, std::optional<Value>& max) {
    const Value* value = from_.find(name);
    if (value != nullptr && *value != Value("from_packet")) {
      max = *value;
    }
  }

  void any_of(Requirement& row) {
    (*this)("any_of", row.roles);
    row.any_of = from_.find("any_of") != nullptr;
    std::string role;
    (*this)("role", role);
    if (!row.any_of && !role.empty()) {
      row.roles.insert(role);
    }
  }

private:
  const Value& from_;
};

AttrRef attr_ref(Decoder& io) {
  AttrRef out;
  io("source", out.source);
  io("attr", out.attr);
  return out;
}

Shift shift(Decoder& io) {
  Shift out;
  io("tz", out.tz);
  io("days", out.days);
  io("from", out.from);
  io("to", out.to);
  return out;
}

Embargo embargo(Decoder& io, const Value& from, bool until) {
  Embargo out{.until = until, .at = AttrRef{}};
  if (from.find("at") != nullptr) {
    io("at", out.at.emplace<Instant>());
  } else {
    out.at = attr_ref(io);
  }
  return out;
}

Freeze freeze(Decoder& io, const Value& from) {
  if (from.find("starts") != nullptr || from.find("ends") != nullptr) {
    Interval range;
    io("starts", range.from);
    io("ends", range.until);
    return {range};
  }
  AttrInterval range;
  io("source", range.source);
  io("starts_attr", range.starts_attr);
  io("ends_attr", range.ends_attr);
  return {range};
}

void decode_window(const Value& from, Window& x) {
  Decoder io(from);
  auto kind = WindowKind::shift;
  io("kind", kind);
  switch (kind) {
  case WindowKind::shift:
    x = shift(io);
    break;
  case WindowKind::embargo_until:
    x = embargo(io, from, true);
    break;
  case WindowKind::embargo_after:
    x = embargo(io, from, false);
    break;
  case WindowKind::freeze:
    x = freeze(io, from);
    break;
  }
}

// `decode_one` is null where the member is of another type than the reader lets through.
template <class T> void decode_text(const std::string& text, T& x) {
  if constexpr (std::is_enum_v<T>) {
    x = from_word<T>(text).value_or(x);
  } else if constexpr (std::is_same_v<T, Instant>) {
    x = parse_instant(text).value_or(x);
  } else if constexpr (std::is_same_v<T, PersonId>) {
    x = PersonId::parse(text).value_or(x);
  } else if constexpr (std::is_same_v<T, View>) {
    x = parse_view(text).value_or(x);
  } else if constexpr (std::is_same_v<T, TimeOfDay>) {
    x = parse_time(text).value_or(x);
  } else {
    x = text;
  }
}

template <class T> void decode_map(const canon::Object& from, T& x) {
  for (const auto& [name, value] : from) {
    typename T::key_type key{};
    decode_text(name, key);
    decode_into(value, x[key]);
  }
}

template <class T>
concept Textual = std::is_enum_v<T> || std::same_as<T, Instant> || std::same_as<T, PersonId> ||
                  std::same_as<T, View> || std::same_as<T, TimeOfDay> || std::same_as<T, std::string>;

template <class T> void decode_into(const Value& from, T& x) {
  if constexpr (std::is_same_v<T, Value>) {
    x = from;
  } else if constexpr (Textual<T>) {
    if (from.string() != nullptr) {
      decode_text(*from.string(), x);
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    x = from.boolean() != nullptr && *from.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    x = from.integer() == nullptr ? x : static_cast<T>(*from.integer());
  } else if constexpr (std::is_same_v<T, Duration>) {
    x.ms = from.integer() == nullptr ? x.ms : *from.integer();
  } else if constexpr (std::is_same_v<T, Window>) {
    decode_window(from, x);
  } else if constexpr (detail::is_map<T>) {
    if (from.object() != nullptr) {
      decode_map(*from.object(), x);
    }
  } else if constexpr (detail::is_set<T> || detail::is_vector<T>) {
    if (from.array() != nullptr) {
      for (const Value& item : *from.array()) {
        typename T::value_type value{};
        decode_into(item, value);
        x.insert(x.end(), std::move(value));
      }
    }
  } else {
    Decoder io(from);
    describe(io, x);
  }
}

} // namespace

Charter decode(const Value& read) {
  Charter out;
  decode_into(read, out);
  for (auto& [id, source] : out.sources) {
    for (Check& check : source.checks) {
      if (check.of.empty()) {
        check.of = source.supplies;
      }
    }
  }
  if (const Value* exposure = read.find("exposure"); exposure != nullptr) {
    for (auto& [pointer, field] : out.exposure.fields) {
      const Value* fields = exposure->find("fields");
      if (fields->find(pointer)->find("agent_view") == nullptr) {
        field.agent_view = field.queue_view;
      }
    }
  }
  return out;
}

} // namespace sallyport::charter
