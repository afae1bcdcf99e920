#pragma once

#include "cloudflow/native/task.hpp"
#include "cloudflow/stream/fluent.hpp"

#include <memory>
#include <string>

namespace cloudflow::native {

/// A sink of lines (`std::string` without line end). Guarantee: at least once; a line is acknowledged when it was
/// written.
using port_line_sink = stream::port_sink<std::string>;
CLOUDFLOW_API port_line_sink line_sink(std::string name, std::shared_ptr<stream::line_output> output,
                                       std::shared_ptr<task_services> task);

} // namespace cloudflow::native
