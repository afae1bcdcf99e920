#include "cloudflow/native/line_sink.hpp"

namespace cloudflow::native {

port_line_sink line_sink(std::string name, std::shared_ptr<stream::line_output> output,
                         std::shared_ptr<task_services> task) {
  return stream::sink(
      stream::lines_to(std::move(output), std::move(name), [task = std::move(task)] { task->acknowledged(); }));
}

} // namespace cloudflow::native
