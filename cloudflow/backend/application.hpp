#pragma once

#include "cloudflow/backend/registry.hpp"
#include "cloudflow/backend/supervision.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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
  std::optional<failure_report> failure{}; ///< the last one, also while it runs again
  int failures = 0;                        ///< how often it failed, as far as that was judged or is final
  std::chrono::nanoseconds restart_wait{}; ///< `restarting`: how long it was decided to wait
  std::string verdict{};                   ///< `degraded`: why it stays down
  std::string advice{};                    ///< `degraded`: what to do
};

/// The instances of one application, running, each under supervision: one that fails is started again from what it had
/// committed, while the others run on. Thread-safe; `start`, `tend` and destruction belong to one thread, the host's,
/// which gives the time: there is no thread in here.
class application {
  struct member;
  application_plan plan_;
  host_services host_;
  restart_policy policy_;
  std::function<void()> on_change_;
  std::map<std::string, std::unique_ptr<backend_port>> backends_;
  mutable std::mutex mutex_; // executions come and go
  std::vector<std::unique_ptr<member>> members_;
  bool ends_ = false; // drain or abort was asked for

  application(application_plan plan, const host_services& host, const restart_policy& policy,
              std::function<void()> on_change);
  result<void> make_topics();
  result<void> start_instances(const registry& backends);
  result<std::unique_ptr<execution>> launch(member& m);
  void judge(member& m, failure_report why, std::chrono::nanoseconds now);
  void restart(member& m, std::chrono::nanoseconds now);
  [[nodiscard]] instance_phase phase_of(const member& m) const;

public:
  /// Creates topics, declares readers and writers, prepares each backend, starts all instances. `on_change` is called
  /// on any thread when a phase changed; must be quick. Errors: `not_found` for a backend that is not known; those of
  /// log and backends.
  static result<std::unique_ptr<application>> start(application_plan plan, const registry& backends,
                                                    const host_services& host, std::function<void()> on_change,
                                                    const restart_policy& policy = {});
  application(const application&) = delete;
  application& operator=(const application&) = delete;
  /// Aborts what still runs.
  ~application();

  /// Judges what has failed and starts again what is due. For the host, after each change and when `next_due` has come.
  void tend(std::chrono::nanoseconds now);
  /// When a restart is due, on the host's clock.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_due() const;

  [[nodiscard]] std::vector<instance_status> status() const;
  /// All instances completed, drained, degraded, or failed for good.
  [[nodiscard]] bool over() const;
  /// An instance is failed or degraded now.
  [[nodiscard]] bool any_failed() const;
  /// Asks all to stop at a commit boundary. Nothing is started again after that: what waits for it stays failed.
  void drain();
  void abort();
  /// Per instance, what its parts wait for: for the report of a run that hangs.
  [[nodiscard]] std::vector<std::string> describe() const;
  [[nodiscard]] const application_plan& plan() const { return plan_; }
};

} // namespace cloudflow::backend
