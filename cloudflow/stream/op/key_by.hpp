#pragma once

#include "cloudflow/stream/graph/concepts.hpp"

#include <functional>
#include <tuple>

namespace cloudflow::stream {

/// Groups a stream by one or several members or functions of its elements: what follows (`window`, `aggregate`) keeps
/// one state per key. Alone it moves nothing: no element changes place.
/// Shape: 1 -> 1. The key of one part is that part, of several a `std::tuple` of them. Parts are hashed and compared in
/// place: a look-up copies nothing.
/// - Emits, backpressures, completes, cancels and fails as what follows does.
/// Keeps: nothing to keep.
/// Page: docs/operators/key_by.md
template <class... F> struct key_by_op {
  std::tuple<F...> parts;

  template <class In>
  using key =
      std::conditional_t<sizeof...(F) == 1, std::tuple_element_t<0, std::tuple<detail::result_of<F, const In&>...>>,
                         std::tuple<detail::result_of<F, const In&>...>>;

  /// The key of an element, as references where members are named.
  template <class In> decltype(auto) probe(const In& element) {
    if constexpr (sizeof...(F) == 1) {
      return std::invoke(std::get<0>(parts), element);
    } else {
      return std::apply(
          [&](auto&... part) {
            return std::tuple<std::invoke_result_t<F&, const In&>...>(std::invoke(part, element)...);
          },
          parts);
    }
  }
};

} // namespace cloudflow::stream
