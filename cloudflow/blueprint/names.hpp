#pragma once

#include "cloudflow/base/ids.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// Which names are legal, and how the names of the platform's things follow from them. Source: feature list §3.2, §7.5.
namespace cloudflow::blueprint {

/// Longest Kubernetes label, and hence deployment, pod and label value.
inline constexpr std::size_t label_limit = 63;
/// Longest name of a Kafka topic.
inline constexpr std::size_t topic_name_limit = 249;

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters: streamlets, ports, volume mounts, clusters.
[[nodiscard]] bool is_label(std::string_view text);
/// `[a-zA-Z0-9._-]+`, at most 249 characters, neither "." nor "..".
[[nodiscard]] bool is_topic_name(std::string_view text);
/// `[a-zA-Z]+(-[a-zA-Z-0-9]+)*`.
[[nodiscard]] bool is_parameter_key(std::string_view text);
/// The nearest legal label for a hint ("Ingress_1" is "ingress-1"); may be empty.
[[nodiscard]] std::string as_label(std::string_view text);

/// An application's id from its project's name: accents dropped, lower case, `_` and `.` to `-`, other characters
/// dropped, at most 63 characters, no `-` at either end. Empty if nothing of the name is left.
[[nodiscard]] std::string normalise_app_id(std::string_view name);

/// The text itself if it is no longer than `limit`; else its beginning and "-" and 8 hexadecimal digits of its SHA-256:
/// two long names never become one, as they do when they are cut.
[[nodiscard]] std::string fit(std::string_view text, std::size_t limit);

/// `<app>-<streamlet>` as a DNS label that starts with a letter: deployment, pod prefix, label value.
[[nodiscard]] std::string deployment_name(std::string_view app_id, const streamlet_name& streamlet);
/// `<app>-<streamlet>-service`.
[[nodiscard]] std::string service_name(std::string_view app_id, const streamlet_name& streamlet);
/// `<streamlet>-<outlet>`: the id of a topic that `connections` makes.
[[nodiscard]] topic_id default_topic_id(const port_path& outlet);
/// `<app>.<streamlet>.<outlet>`: its name in Kafka.
[[nodiscard]] topic_name default_topic_name(std::string_view app_id, const port_path& outlet);
/// `<app>.<streamlet>.<name>.repartition`: the internal topic behind a repartition of a streamlet. Its group is named
/// as an inlet's.
[[nodiscard]] topic_name repartition_topic(std::string_view app_id, const port_path& repartition);
/// `<app>.<streamlet>.<inlet>`.
[[nodiscard]] group_name group_of(std::string_view app_id, const port_path& inlet);

} // namespace cloudflow::blueprint
