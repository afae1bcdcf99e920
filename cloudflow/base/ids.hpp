#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace cloudflow {

/// A value with a name of its own, so that a partition is never an offset. Immutable but for assignment.
template <class T, class Tag> class named_type {
  T value_{};

public:
  using value_type = T;
  constexpr named_type() = default;
  constexpr explicit named_type(T value)
      : value_(std::move(value)) {}
  [[nodiscard]] constexpr const T& value() const noexcept { return value_; }
  friend constexpr auto operator<=>(const named_type&, const named_type&) = default;
  friend constexpr bool operator==(const named_type&, const named_type&) = default;
  friend std::ostream& operator<<(std::ostream& out, const named_type& id) { return out << id.value_; }
};

/// The name of a streamlet's instance in the blueprint ("ingress").
using streamlet_name = named_type<std::string, struct streamlet_name_tag>;
/// The name of an inlet or outlet ("in").
using port_name = named_type<std::string, struct port_name_tag>;
/// The key of a topic in the blueprint ("ingress-out").
using topic_id = named_type<std::string, struct topic_id_tag>;
/// The name of a topic in its log or cluster ("weather.ingress.out").
using topic_name = named_type<std::string, struct topic_name_tag>;
/// A consumer group.
using group_name = named_type<std::string, struct group_name_tag>;
/// Counts from 0.
using partition_id = named_type<std::int32_t, struct partition_id_tag>;
/// Position of a record in its partition; counts from 0.
using record_offset = named_type<std::int64_t, struct record_offset_tag>;

/// `streamlet.port`.
struct port_path {
  streamlet_name streamlet;
  port_name port;
  [[nodiscard]] std::string text() const { return streamlet.value() + "." + port.value(); }
  friend auto operator<=>(const port_path&, const port_path&) = default;
};

/// One partition of one topic.
struct topic_partition {
  topic_name topic;
  partition_id partition;
  [[nodiscard]] std::string text() const { return topic.value() + "/" + std::to_string(partition.value()); }
  friend auto operator<=>(const topic_partition&, const topic_partition&) = default;
};

} // namespace cloudflow

template <class T, class Tag> struct std::hash<cloudflow::named_type<T, Tag>> {
  std::size_t operator()(const cloudflow::named_type<T, Tag>& id) const noexcept { return std::hash<T>{}(id.value()); }
};
