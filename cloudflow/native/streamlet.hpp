#pragma once

#include "cloudflow/native/context.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/streamlet/streamlet.hpp"

namespace cloudflow::native {

/// A streamlet on our own engine: `build` describes one graph, from its inlets to its outlets. The engine calls it once
/// a task (a task owns one partition of each inlet), so the streamlet itself holds ports, parameters and nothing that
/// changes. Thread: `build` may be called on several threads at once.
class CLOUDFLOW_API streamlet : public cloudflow::streamlet::streamlet_base {
public:
  [[nodiscard]] std::string_view runtime() const final { return "native"; }
  [[nodiscard]] virtual stream::runnable build(const context& ctx) const = 0;
};

} // namespace cloudflow::native
