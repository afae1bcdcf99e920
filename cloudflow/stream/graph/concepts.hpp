#pragma once

#include "cloudflow/base/clock.hpp"

#include <concepts>
#include <functional>
#include <ranges>
#include <type_traits>

namespace cloudflow::stream {

namespace detail {
template <class F, class... In> using result_of = std::remove_cvref_t<std::invoke_result_t<F&, In...>>;
}

/// `F` can be called with an `In` (moved in) and returns a value.
template <class F, class In>
concept mapper_for = std::invocable<F&, In> && !std::is_void_v<std::invoke_result_t<F&, In>>;

/// `F` can be called with a `const In&` and answers yes or no.
template <class F, class In>
concept predicate_for =
    std::invocable<F&, const In&> && std::is_convertible_v<std::invoke_result_t<F&, const In&>, bool>;

/// `F` can be called with an `In` and returns a range of elements.
template <class F, class In>
concept flat_mapper_for = std::invocable<F&, In> && std::ranges::input_range<detail::result_of<F, In>>;

/// `F` is a member pointer or function that gives a value of a `const In&`.
template <class F, class In>
concept key_for = std::invocable<F&, const In&> && !std::is_void_v<std::invoke_result_t<F&, const In&>> &&
                  std::equality_comparable<detail::result_of<F, const In&>>;

/// `F` is a member pointer or function that gives the event time of a `const In&`.
template <class F, class In>
concept event_time_for =
    std::invocable<F&, const In&> && std::constructible_from<timestamp, std::invoke_result_t<F&, const In&>>;

/// `F` can be called with an `In`; what it returns is ignored.
template <class F, class In>
concept consumer_for = std::invocable<F&, In>;

/// `F` can be called with the folded value and an `In` and returns the next folded value.
template <class F, class A, class In>
concept folder_for = std::invocable<F&, A, In> && std::convertible_to<std::invoke_result_t<F&, A, In>, A>;

} // namespace cloudflow::stream
