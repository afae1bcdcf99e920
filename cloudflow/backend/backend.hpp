#pragma once

#include "cloudflow/backend/instance.hpp"
#include "cloudflow/backend/workload.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/server_port.hpp"
#include "cloudflow/log/topic_log.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::backend {

/// What a host (sandbox, runner, testkit) hands to the backends of one application. All of it outlives them.
struct host_services {
  log::topic_log* log = nullptr;
  metric_registry* metrics = nullptr;
  const clock_source* clock = nullptr;
  /// Whole lines for the application's console; each call ends with a line end. Thread-safe.
  std::function<void(std::string_view lines)> console;
  /// An outlet's record was refused because the log is full; the writer waits for room. Any thread, must be quick.
  std::function<void()> on_log_full{};
  /// Where streamlets' HTTP servers come from; nullptr: this host has none.
  http::server_port* servers = nullptr;
  /// A server of the streamlet listens at this address, "http://127.0.0.1:3000". Any thread, must be quick.
  std::function<void(const streamlet_name&, const std::string& address)> on_listening{};
  /// The writer schemas of the application's ports.
  std::vector<streamlet::schema_descriptor> schemas{};
  /// `console` may block, because nobody reads: it is called on a thread that has nothing else to do.
  bool console_blocks = false;
};

/// How far an instance is. The last two are its application's to say, never an execution's.
enum class instance_phase {
  starting,
  ready,     ///< it reads and writes
  completed, ///< its input is over and everything of it is written
  drained,   ///< it stopped at a commit boundary, because it was asked to
  failed,
  restarting, ///< it failed, and is started again after a wait
  degraded    ///< it failed, and stays down: it would fail at the same place again
};
std::string_view name_of(instance_phase phase);

/// Why an instance failed (DETAILS §11).
struct failure_report {
  std::string type;
  std::string text;
  std::string op;        ///< operator, inlet or outlet
  std::string position;  ///< topic/partition/offset, empty if unknown
  std::string verdict{}; ///< not empty: why it would not help to start it again
};

/// A running instance. Thread-safe. Destroying it aborts what still runs, and waits for that.
class execution {
public:
  virtual ~execution() = default;
  [[nodiscard]] virtual instance_phase phase() const = 0;
  /// Set when the phase is `failed`.
  [[nodiscard]] virtual std::optional<failure_report> failure() const = 0;
  /// Stop at a commit boundary and commit; then the phase is `drained`. No effect once it is over.
  virtual void drain() = 0;
  /// Stop now; nothing in flight is committed.
  virtual void abort() = 0;
  /// Lines for people: what it waits for. For "who waits for whom".
  [[nodiscard]] virtual std::vector<std::string> describe() const = 0;
};

/// Called on any thread when an instance's phase changed; must be quick.
using phase_listener = std::function<void(const streamlet_name&, instance_phase)>;

/// A way to run streamlets: the port that a new engine implements (DESIGN §6). One object per application and process.
/// Contract: `backend_contract` in the testkit. Thread: calls come from the host's thread, one at a time.
class backend_port {
public:
  virtual ~backend_port() = default;

  /// "native", "spark", ...: what `streamlet_base::runtime()` says.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// The strongest delivery that it can give on this log.
  [[nodiscard]] virtual streamlet::delivery delivery_on(const log::topic_log& log) const = 0;
  /// Once, before the first start: engines begin to run, modules are loaded. Sees all instances of the backend.
  virtual result<void> prepare(std::span<const instance> instances, const host_services& host) = 0;
  /// Starts one instance; returns at once. `on_phase` also tells `ready`.
  virtual result<std::unique_ptr<execution>> start(const instance& what, phase_listener on_phase) = 0;
  /// What has to run on a cluster, as plain data.
  [[nodiscard]] virtual workload workload_of(const instance& what) const = 0;
};

} // namespace cloudflow::backend
