#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <utility>

namespace cloudflow::stream {

/// Calls a function with every element. Shape: n -> 0. Demand is unlimited; an offset is done when the call returned.
/// Keeps: nothing to keep.
template <class F> struct for_each_sink {
  F f;
  template <class In> class stage : public sink_base {
    F f_;

  public:
    explicit stage(F f)
        : f_(std::move(f)) {}
    void start(island_services& services) {
      services.add_name("for_each");
      sink_base::start(services);
    }
    bool on_next(In&& element, const element_context&) {
      user_call("for_each", [&] { static_cast<void>(std::invoke(f_, std::move(element))); });
      return true;
    }
  };
  template <class In>
    requires consumer_for<F, In>
  auto bind(graph_builder&) && {
    return stage<In>(std::move(f));
  }
};
template <class F> for_each_sink<F> for_each(F f) { return {std::move(f)}; }

/// Takes every element and forgets it. Shape: n -> 0. Keeps: nothing to keep.
struct ignore_sink {
  template <class In> class stage : public sink_base {
  public:
    void start(island_services& services) {
      services.add_name("ignore");
      sink_base::start(services);
    }
    bool on_next(In&&, const element_context&) { return true; }
  };
  template <class In> auto bind(graph_builder&) && { return stage<In>(); }
};
inline ignore_sink ignore() { return {}; }

} // namespace cloudflow::stream
