#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/base/export.hpp"
#include "cloudflow/base/origin.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cloudflow {

/// Who can do something about an error.
enum class error_source {
  user,   ///< their input or their code
  system, ///< the world: disk, network, broker
  bug     ///< us
};

/// What went wrong, by kind. Why not `std::error_code`: an error here carries its message, place and cause, and is
/// matched by few callers; a category per room would say less.
enum class errc {
  invalid_argument,
  parse_error,
  not_found,
  already_exists,
  incompatible,
  out_of_range,
  limit_exceeded,
  unavailable,
  timed_out,
  cancelled,
  closed,
  conflict,
  fenced,
  user_code,
  io_error,
  corrupt,
  unsupported,
  internal
};

CLOUDFLOW_API std::string_view name_of(errc code);

/// An error that is expected at run time (STYLE 4.3 b). Immutable value.
struct error {
  errc code = errc::internal;
  error_source source = error_source::system;
  bool retriable = false;
  std::string message;
  std::optional<origin> where{};
  std::shared_ptr<const error> cause{}; ///< owners: this error and its copies

  /// "message (at place): because cause" on one line.
  CLOUDFLOW_API std::string text() const;
  /// The same error as the cause of a wider one.
  CLOUDFLOW_API error wrap(std::string wider_message) const;
};

template <class T> using result = expected<T, error>;

inline unexpected<error> fail(errc code, error_source source, std::string message) {
  return unexpected<error>(error{code, source, false, std::move(message)});
}
/// The user's input is wrong.
inline unexpected<error> user_error(errc code, std::string message) {
  return fail(code, error_source::user, std::move(message));
}
/// The world is in the way.
inline unexpected<error> system_error(errc code, std::string message, bool retriable = false) {
  return unexpected<error>(error{code, error_source::system, retriable, std::move(message)});
}

} // namespace cloudflow
