#pragma once

#include "cloudflow/backend/backend.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/streamlet/module_file.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// Runs native streamlets in this process, on a runtime of the stream engine. Implements the `backend` port.
/// Each instance has one loop (`instance_loop`) that reads its topics and commits; each task has a graph of its own.
class native_backend final : public backend::backend_port {
  std::unique_ptr<stream::runtime> own_runtime_;
  stream::runtime* runtime_;
  backend::host_services host_;
  std::map<std::string, streamlet::module_library> modules_;
  std::vector<const streamlet::module_entry*> linked_;

public:
  /// On a pool of its own, one worker a core.
  native_backend();
  /// On a runtime of the host, which outlives this: the simulation's. Its turns are the host's to give, so destroying
  /// an execution only asks it to stop: let the runtime come to rest before log and metrics go.
  explicit native_backend(stream::runtime& runtime);
  ~native_backend() override;
  /// Classes that are part of this program, for instances without a module: a test's. Before `prepare`.
  void add_classes(std::span<const streamlet::module_entry* const> classes);

  [[nodiscard]] std::string_view name() const override { return "native"; }
  [[nodiscard]] streamlet::delivery delivery_on(const log::topic_log& log) const override;
  result<void> prepare(std::span<const backend::instance> instances, const backend::host_services& host) override;
  result<std::unique_ptr<backend::execution>> start(const backend::instance& what,
                                                    backend::phase_listener on_phase) override;
  [[nodiscard]] backend::workload workload_of(const backend::instance& what) const override;

private:
  [[nodiscard]] const streamlet::module_entry* find(const backend::instance& what) const;
};

} // namespace cloudflow::engine
