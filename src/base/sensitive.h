// A value that must not reach a log line, an error text or a metric label. It does not convert, does
// not print and does not format; `expose()` is the one way in, so it can be searched for.
#pragma once

#include <fmt/format.h>

#include <utility>

namespace sallyport {

template <class T> class Sensitive {
public:
  Sensitive() = default;

  explicit Sensitive(T value) : value_(std::move(value)) {}

  const T& expose() const { return value_; }

  T& expose() { return value_; }

  bool operator==(const Sensitive&) const = default;

private:
  T value_{};
};

} // namespace sallyport

// Formatting one is a compile error.
template <class T, class Char> struct fmt::formatter<sallyport::Sensitive<T>, Char> {
  formatter() = delete;
};
