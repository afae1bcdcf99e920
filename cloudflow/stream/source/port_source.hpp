#pragma once

#include "cloudflow/stream/source/port.hpp"

namespace cloudflow::stream {

/// The head of a described graph: a `source_port`.
template <class T> class port_source {
  std::unique_ptr<source_port<T>> port_;

public:
  using value_type = T;
  explicit port_source(std::unique_ptr<source_port<T>> port)
      : port_(std::move(port)) {}
  template <class Chain> void launch(graph_builder& into, Chain chain) {
    into.reads(port_->name(), port_->home());
    if (const auto what = port_->keeps(); !what.empty()) port_->name_table(into.stateful(what.data()));
    into.add_island(port_driver<T>(std::move(port_)), std::move(chain));
  }
};

/// The same for a port that cannot be asked again for what it gave: what comes of it has nothing to commit.
template <class T> class passing_source : public port_source<T> {
public:
  static constexpr bool has_offsets = false;
  using port_source<T>::port_source;
};

} // namespace cloudflow::stream
