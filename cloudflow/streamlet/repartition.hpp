#pragma once

#include "cloudflow/streamlet/ports.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace cloudflow::streamlet {

/// A way through an internal topic of the streamlet, by which records get from the tasks that have them to those that
/// have their key: for a grouping that is not the one by which the writers of the inlet partition.
/// `repartition<average> by_gauge_{"by-gauge", &average::gauge};`, named in the shape like a port, used in `build` by
/// `.repartition_by(ctx.by(by_gauge_))`. The topic is `<app>.<streamlet>.<name>.repartition`.
/// Immutable; its name is unlike those of the streamlet's ports.
template <schema::record T> class repartition {
  outlet<T> into_;
  inlet<T> out_of_;
  std::chrono::milliseconds idle_after_ = std::chrono::seconds(30);

public:
  using value_type = T;

  /// By one or several members, `partition_by(&average::gauge, &average::src)`.
  repartition(std::string name, partitioner<T> by)
      : into_(name, std::move(by))
      , out_of_(inlet<T>(std::move(name)).on_error(error_policy::fail)) {}
  /// By a lambda, or by one member.
  template <class F>
    requires std::is_invocable_v<F, const T&>
  repartition(std::string name, F by)
      : repartition(std::move(name), partition_by<T>(std::move(by))) {}

  /// A task that writes here and told nothing of event time for so long, by the log's time, no longer holds the
  /// watermark back.
  repartition idle_after(std::chrono::milliseconds time) && {
    idle_after_ = time;
    return std::move(*this);
  }

  [[nodiscard]] const port_name& name() const { return into_.name(); }
  [[nodiscard]] const outlet<T>& writing() const { return into_; }
  [[nodiscard]] const inlet<T>& reading() const { return out_of_; }
  [[nodiscard]] std::chrono::milliseconds idle_after() const& { return idle_after_; }

  [[nodiscard]] repartition_descriptor descriptor() const {
    return {name(), describe(schema::codec<T>::definition()), into_.partitioning().descriptor()};
  }
};

} // namespace cloudflow::streamlet
