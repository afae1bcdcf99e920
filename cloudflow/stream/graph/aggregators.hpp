#pragma once

#include "cloudflow/stream/graph/concepts.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// How many elements become one value: `create` an accumulator, `add` elements to it, `merge` two (panes of a window,
/// earlier one first), `result` it. Accumulators are copyable values.
template <class A, class In>
concept aggregator_for = requires(const A& how, typename A::template accumulator<In>& acc,
                                  const typename A::template accumulator<In>& other, const In& element) {
  { how.template create<In>() } -> std::convertible_to<typename A::template accumulator<In>>;
  how.add(acc, element);
  how.merge(acc, other);
  how.result(other);
};

namespace detail {
template <class A, class In>
using aggregate_result = std::remove_cvref_t<decltype(std::declval<const A&>().result(
    std::declval<const typename A::template accumulator<In>&>()))>;

/// A sum whose rounding error does not grow with the number of terms. Source: Neumaier, 1974.
struct compensated_sum {
  double sum = 0;
  double lost = 0;
  void add(double x) noexcept {
    const double total = sum + x;
    lost += std::abs(sum) >= std::abs(x) ? (sum - total) + x : (x - total) + sum;
    sum = total;
  }
  void add(const compensated_sum& other) noexcept {
    add(other.sum);
    lost += other.lost;
  }
  /// Infinities and NaN come out as plain addition gives them.
  [[nodiscard]] double value() const noexcept { return std::isfinite(lost) ? sum + lost : sum; }
};
struct mean_state {
  compensated_sum sum;
  std::uint64_t count = 0;
};
} // namespace detail

/// The mean, as `double`.
template <class F> struct avg_of {
  F f;
  using state = detail::mean_state;
  template <class In> using accumulator = state;
  template <class In> state create() const { return {}; }
  template <class In> void add(state& acc, const In& element) const {
    acc.sum.add(static_cast<double>(std::invoke(f, element)));
    ++acc.count;
  }
  void merge(state& acc, const state& other) const {
    acc.sum.add(other.sum);
    acc.count += other.count;
  }
  [[nodiscard]] double result(const state& acc) const { return acc.sum.value() / static_cast<double>(acc.count); }
};
template <class F> avg_of<F> avg(F f) { return {std::move(f)}; }

/// The number of elements.
struct count_of {
  template <class In> using accumulator = std::uint64_t;
  template <class In> std::uint64_t create() const { return 0; }
  template <class In> void add(std::uint64_t& acc, const In&) const { ++acc; }
  void merge(std::uint64_t& acc, std::uint64_t other) const { acc += other; }
  [[nodiscard]] std::uint64_t result(std::uint64_t acc) const { return acc; }
};
inline count_of count() { return {}; }

/// The sum: compensated for floating-point values, plain for others.
template <class F> struct sum_of {
  F f;
  template <class In> using value_of = detail::result_of<const F, const In&>;
  template <class In>
  using accumulator = std::conditional_t<std::floating_point<value_of<In>>, detail::compensated_sum, value_of<In>>;
  template <class In> accumulator<In> create() const { return {}; }
  template <class Acc, class In> void add(Acc& acc, const In& element) const {
    if constexpr (std::same_as<Acc, detail::compensated_sum>)
      acc.add(std::invoke(f, element));
    else
      acc += std::invoke(f, element);
  }
  template <class Acc> void merge(Acc& acc, const Acc& other) const {
    if constexpr (std::same_as<Acc, detail::compensated_sum>)
      acc.add(other);
    else
      acc += other;
  }
  template <class Acc> [[nodiscard]] auto result(const Acc& acc) const {
    if constexpr (std::same_as<Acc, detail::compensated_sum>)
      return acc.value();
    else
      return acc;
  }
};
template <class F> sum_of<F> sum(F f) { return {std::move(f)}; }

/// The least or greatest value; the first of equals.
template <class F, bool Least> struct extreme_of {
  F f;
  template <class In> using accumulator = std::optional<detail::result_of<const F, const In&>>;
  template <class In> accumulator<In> create() const { return {}; }
  template <class Acc, class In> void add(Acc& acc, const In& element) const { offer(acc, std::invoke(f, element)); }
  template <class Acc> void merge(Acc& acc, const Acc& other) const {
    if (other) offer(acc, *other);
  }
  template <class Acc> [[nodiscard]] auto result(const Acc& acc) const { return *acc; }

private:
  template <class Acc, class V> static void offer(Acc& acc, const V& value) {
    if (!acc || (Least ? value < *acc : *acc < value)) acc = value;
  }
};
template <class F> extreme_of<F, true> min(F f) { return {std::move(f)}; }
template <class F> extreme_of<F, false> max(F f) { return {std::move(f)}; }

/// All elements, in order of arrival within a pane, panes in order of time.
struct all_of {
  template <class In> using accumulator = std::vector<In>;
  template <class In> std::vector<In> create() const { return {}; }
  template <class In> void add(std::vector<In>& acc, const In& element) const { acc.push_back(element); }
  template <class In> void merge(std::vector<In>& acc, const std::vector<In>& other) const {
    acc.insert(acc.end(), other.begin(), other.end());
  }
  template <class In> [[nodiscard]] std::vector<In> result(const std::vector<In>& acc) const { return acc; }
};
inline all_of all() { return {}; }

} // namespace cloudflow::stream
