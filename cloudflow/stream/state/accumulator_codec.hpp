#pragma once

#include "cloudflow/stream/graph/aggregators.hpp"
#include "cloudflow/stream/state/state_codec.hpp"

/// The accumulators of the built-in aggregators are durable.
namespace cloudflow::stream {

template <>
struct state_codec<detail::compensated_sum>
    : state_members<detail::compensated_sum, &detail::compensated_sum::sum, &detail::compensated_sum::lost> {};
template <>
struct state_codec<detail::mean_state>
    : state_members<detail::mean_state, &detail::mean_state::sum, &detail::mean_state::count> {};

} // namespace cloudflow::stream
