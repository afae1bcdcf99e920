#pragma once

#include "cloudflow/base/metric.hpp"
#include "cloudflow/stream/run/running.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace cloudflow::engine {

/// What the operators of one graph count (`late_total`, `filtered_total`, ...), brought to the metric registry as
/// `cloudflow_operator_<count>` with the labels app, streamlet and operator: the fused chain that the operator is in.
/// Confined to the loop's turns.
class operator_counters {
  metric_registry* metrics_;
  metric_labels labels_;
  std::map<std::pair<int, std::size_t>, std::uint64_t> told_; // by island and place in it

public:
  /// `metrics` outlives this.
  operator_counters(metric_registry& metrics, const std::string& app, const std::string& streamlet);
  /// Adds what was counted since the last look.
  void look(const stream::running& graph);
};

} // namespace cloudflow::engine
