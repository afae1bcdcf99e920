#pragma once

#include "cloudflow/streamlet/config_parameter.hpp"
#include "cloudflow/streamlet/descriptor.hpp"
#include "cloudflow/streamlet/ports.hpp"
#include "cloudflow/streamlet/repartition.hpp"
#include "cloudflow/streamlet/volume_mount.hpp"

#include <utility>
#include <vector>

namespace cloudflow::streamlet {

/// Something a streamlet asks of its platform. Attributes compose: each adds itself, none replaces another.
struct attribute {
  attribute_descriptor descriptor;
};
/// A port on which the streamlet serves; it is ready only after it has bound.
inline attribute server() { return {{"server", "container-port"}}; }
/// A streamlet without inlets whose sources keep their position in durable state (a file, a sequence): under
/// exactly-once what it writes and its position are one transaction. Without it such a streamlet writes outside of
/// transactions, as one that answers requests must.
inline attribute seekable() { return {{"seekable", ""}}; }
/// An egress whose sink takes back what was not committed, as `ctx.file_sink` does: what leaves there leaves once.
inline attribute transactional_sink() { return {{"transactional-sink", ""}}; }
/// An egress whose sink does not mind to be given a record again, as one that overwrites by key.
inline attribute idempotent_sink() { return {{"idempotent-sink", ""}}; }

/// The outside of a streamlet: ports, repartitions, parameters, mounts, attributes. Any number of inlets and outlets is
/// legal, none at all too. Value type; holds descriptors only, so it outlives the streamlet it was made from.
class streamlet_shape {
  streamlet_descriptor parts_;

  template <class T> void add(const inlet<T>& port) { parts_.inlets.push_back(port.descriptor()); }
  template <class T> void add(const outlet<T>& port) { parts_.outlets.push_back(port.descriptor()); }
  template <class T> void add(const repartition<T>& way) { parts_.repartitions.push_back(way.descriptor()); }
  template <class T> void add(const config_parameter<T>& p) { parts_.config_parameters.push_back(p.descriptor()); }
  void add(const volume_mount& mount) { parts_.volume_mounts.push_back(mount.descriptor()); }
  void add(const attribute& a) { parts_.attributes.push_back(a.descriptor); }

public:
  streamlet_shape() = default;
  template <class... Ports> explicit streamlet_shape(std::in_place_t, const Ports&... ports) { (add(ports), ...); }

  /// Adds parameters, volume mounts and attributes, in any order.
  template <class... Things> streamlet_shape with(const Things&... things) && {
    (add(things), ...);
    return std::move(*this);
  }
  /// Inlets that meet in one join or one keyed state: their topics must have equal partition counts and partitioners on
  /// equal fields, and one task reads the same partition of each.
  template <class... T> streamlet_shape co_partitioned(const inlet<T>&... inlets) && {
    static_assert(sizeof...(T) >= 2, "co_partitioned relates two or more inlets");
    parts_.co_partitioned.push_back({inlets.name()...});
    return std::move(*this);
  }

  /// What the shape knows of the descriptor; class name, runtime, description and labels are the streamlet's.
  [[nodiscard]] const streamlet_descriptor& parts() const { return parts_; }
};

/// `shape_of(in_, valid_, rejected_).with(max_)`; `shape_of()` is the empty shape.
template <class... Ports> streamlet_shape shape_of(const Ports&... ports) {
  return streamlet_shape(std::in_place, ports...);
}

} // namespace cloudflow::streamlet
