#pragma once

#include "cloudflow/backend/registry.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloudflow::backend {

/// Everything that is needed to run an application in one process: plain data, made by `assemble`.
struct application_plan {
  std::string app_id;
  std::vector<log::topic_spec> topics;
  std::vector<instance> instances; ///< readers before writers, as far as there are no cycles
  std::vector<streamlet::schema_descriptor> schemas;
};

struct instance_status {
  streamlet_name name;
  instance_phase phase = instance_phase::starting;
  std::optional<failure_report> failure;
};

/// The instances of one application, running. Thread-safe; `start` and destruction belong to one thread.
class application {
  application_plan plan_;
  host_services host_;
  std::map<std::string, std::unique_ptr<backend_port>> backends_;
  std::vector<std::unique_ptr<execution>> executions_;
  std::function<void()> on_change_;

  application(application_plan plan, const host_services& host, std::function<void()> on_change)
      : plan_(std::move(plan))
      , host_(host)
      , on_change_(std::move(on_change)) {}
  result<void> make_topics();
  result<void> start_instances(const registry& backends);

public:
  /// Creates topics, declares readers and writers, prepares each backend, starts all instances. `on_change` is called
  /// on any thread when a phase changed; must be quick. Errors: `not_found` for a backend that is not known; those of
  /// log and backends.
  static result<std::unique_ptr<application>> start(application_plan plan, const registry& backends,
                                                    const host_services& host, std::function<void()> on_change);
  application(const application&) = delete;
  application& operator=(const application&) = delete;
  /// Aborts what still runs.
  ~application();

  [[nodiscard]] std::vector<instance_status> status() const;
  /// All instances completed, drained or failed.
  [[nodiscard]] bool over() const;
  [[nodiscard]] bool any_failed() const;
  void drain();
  void abort();
  /// Per instance, what its parts wait for: for the report of a run that hangs.
  [[nodiscard]] std::vector<std::string> describe() const;
  [[nodiscard]] const application_plan& plan() const { return plan_; }
};

} // namespace cloudflow::backend
