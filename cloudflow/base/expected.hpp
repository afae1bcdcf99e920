#pragma once

#include "cloudflow/base/assert.hpp"

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace cloudflow {

/// The error alternative of an `expected`. Source: `std::unexpected` of C++23.
template <class E> class unexpected {
  E error_;

public:
  template <class G = E>
    requires(!std::same_as<std::remove_cvref_t<G>, unexpected> && std::constructible_from<E, G>)
  constexpr explicit unexpected(G&& error)
      : error_(std::forward<G>(error)) {}

  constexpr const E& error() const& noexcept { return error_; }
  constexpr E& error() & noexcept { return error_; }
  constexpr E&& error() && noexcept { return std::move(error_); }
};
template <class E> unexpected(E) -> unexpected<E>;

/// A value or the reason why there is none. The subset of C++23's `std::expected` that the project uses, under the same
/// names: becomes an alias when the project moves to C++23. Discarding one is a compile warning.
template <class T, class E> class [[nodiscard]] expected {
  std::variant<T, unexpected<E>> value_;

public:
  using value_type = T;
  using error_type = E;

  constexpr expected()
    requires std::default_initializable<T>
      : value_(std::in_place_index<0>) {}

  template <class U = T>
    requires(!std::same_as<std::remove_cvref_t<U>, expected> && !std::same_as<std::remove_cvref_t<U>, unexpected<E>> &&
             std::constructible_from<T, U>)
  constexpr explicit(!std::convertible_to<U, T>) expected(U&& value)
      : value_(std::in_place_index<0>, std::forward<U>(value)) {}

  template <class G>
    requires std::constructible_from<E, G>
  constexpr expected(unexpected<G> error)
      : value_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return value_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  constexpr T& value() & { return check(), *std::get_if<0>(&value_); }
  constexpr const T& value() const& { return check(), *std::get_if<0>(&value_); }
  constexpr T&& value() && { return check(), std::move(*std::get_if<0>(&value_)); }
  constexpr T& operator*() & { return value(); }
  constexpr const T& operator*() const& { return value(); }
  constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  constexpr E& error() & { return check_error(), std::get_if<1>(&value_)->error(); }
  constexpr const E& error() const& { return check_error(), std::get_if<1>(&value_)->error(); }
  constexpr E&& error() && { return check_error(), std::move(std::get_if<1>(&value_)->error()); }

  template <class U> constexpr T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }
  template <class U> constexpr T value_or(U&& fallback) && {
    return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(fallback));
  }

  template <class F> constexpr auto and_then(F&& f) && {
    using next = std::remove_cvref_t<std::invoke_result_t<F, T&&>>;
    if (has_value()) return std::invoke(std::forward<F>(f), std::move(*this).value());
    return next(unexpected<E>(std::move(*this).error()));
  }
  template <class F> constexpr auto transform(F&& f) && {
    using next = expected<std::remove_cvref_t<std::invoke_result_t<F, T&&>>, E>;
    if (has_value()) return next(std::invoke(std::forward<F>(f), std::move(*this).value()));
    return next(unexpected<E>(std::move(*this).error()));
  }

private:
  constexpr void check() const { CLOUDFLOW_ASSERT(has_value(), "value() of an expected that holds an error"); }
  constexpr void check_error() const { CLOUDFLOW_ASSERT(!has_value(), "error() of an expected that holds a value"); }
};

template <class E> class [[nodiscard]] expected<void, E> {
  std::variant<std::monostate, unexpected<E>> value_;

public:
  using value_type = void;
  using error_type = E;

  constexpr expected() = default;
  template <class G>
    requires std::constructible_from<E, G>
  constexpr expected(unexpected<G> error)
      : value_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return value_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }
  constexpr void value() const { CLOUDFLOW_ASSERT(has_value(), "value() of an expected that holds an error"); }
  constexpr E& error() & { return check_error(), std::get_if<1>(&value_)->error(); }
  constexpr const E& error() const& { return check_error(), std::get_if<1>(&value_)->error(); }
  constexpr E&& error() && { return check_error(), std::move(std::get_if<1>(&value_)->error()); }

  template <class F> constexpr auto and_then(F&& f) && {
    using next = std::remove_cvref_t<std::invoke_result_t<F>>;
    if (has_value()) return std::invoke(std::forward<F>(f));
    return next(unexpected<E>(std::move(*this).error()));
  }

private:
  constexpr void check_error() const { CLOUDFLOW_ASSERT(!has_value(), "error() of an expected that holds a value"); }
};

} // namespace cloudflow
