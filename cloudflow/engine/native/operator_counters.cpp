#include "cloudflow/engine/native/operator_counters.hpp"

namespace cloudflow::engine {

operator_counters::operator_counters(metric_registry& metrics, const std::string& app, const std::string& streamlet)
    : metrics_(&metrics)
    , labels_({{"app", app}, {"operator", ""}, {"streamlet", streamlet}}) {}

void operator_counters::look(const stream::running& graph) {
  for (const auto& island : graph.describe())
    for (std::size_t i = 0; i < island.counters.size(); ++i) {
      const auto& [name, value] = island.counters[i];
      auto& told = told_[{island.id, i}];
      labels_[1].second = island.name;
      metrics_->get_counter("cloudflow_operator_" + name, labels_, "What operators count, by the chain they are in.")
          .add(value - told);
      told = value;
    }
}

} // namespace cloudflow::engine
