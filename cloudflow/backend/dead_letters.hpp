#pragma once

#include "cloudflow/backend/instance.hpp"
#include "cloudflow/log/topic.hpp"

#include <optional>

namespace cloudflow::backend {

/// The topic of an inlet's dead letters, `<app>.<streamlet>.<inlet>.dead`: as many partitions as the topic that it
/// reads, and kept by its retention, whether anybody reads it or not. Nothing if the inlet's policy is another.
std::optional<log::topic_spec> dead_letter_topic(const instance& what, const streamlet::inlet_descriptor& inlet);

} // namespace cloudflow::backend
