// Operating errors as values.
//
// Three kinds of "no" are never mixed: a *refusal* is a value of the domain (gate/), an *operating
// error* is an Error, a *programmer error* aborts (SP_ASSERT). Exceptions do not cross a module.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <expected>
#include <string>
#include <utility>

namespace sallyport {

enum class ErrorCode {
  malformed,   // the input is not what its format says
  too_large,   // a limit was passed
  unsupported, // well formed, but a kind that we do not take
  not_found,
  conflict,    // somebody else was first
  denied,      // a signature, key or credential that does not count
  corrupt,     // stored bytes do not verify
  unavailable, // a resource is absent now; trying again may help
  internal,    // a promise of this program was broken
};

// `where` names the field (a JSON Pointer), file or column; `message` is one sentence without a full
// stop that never contains a value from the input.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::internal;
  std::string where;
  std::string message;

  // "where: message", or the message alone.
  std::string text() const { return where.empty() ? message : where + ": " + message; }
};

template <class T> using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string where, std::string message) {
  return std::unexpected(Error{code, std::move(where), std::move(message)});
}

} // namespace sallyport

// SP_TRY(auto x, expression): binds the value or returns the error. Plain functions only, never in a
// coroutine (GCC 12).
#define SP_CONCAT_(a, b) a##b
#define SP_CONCAT(a, b) SP_CONCAT_(a, b)
#define SP_TRY_(tmp, decl, ...)                                                                              \
  auto tmp = (__VA_ARGS__);                                                                                  \
  if (!tmp) {                                                                                                \
    return std::unexpected(std::move(tmp).error());                                                          \
  }                                                                                                          \
  decl = std::move(*tmp)
#define SP_TRY(decl, ...) SP_TRY_(SP_CONCAT(sp_try_, __LINE__), decl, __VA_ARGS__)

// SP_CHECK(expression): returns the error of a Result<void>.
#define SP_CHECK(...)                                                                                        \
  do {                                                                                                       \
    if (auto sp_check_ = (__VA_ARGS__); !sp_check_) {                                                        \
      return std::unexpected(std::move(sp_check_).error());                                                  \
    }                                                                                                        \
  } while (false)

// On in every build: a broken promise of this program must stop it, not reach a signature.
#define SP_ASSERT(condition)                                                                                 \
  do {                                                                                                       \
    if (!(condition)) [[unlikely]] {                                                                         \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition);                 \
      std::abort();                                                                                          \
    }                                                                                                        \
  } while (false)
