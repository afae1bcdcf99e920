#pragma once

#include "cloudflow/backend/backend.hpp"
#include "cloudflow/engine/native/key_owners.hpp"
#include "cloudflow/engine/native/task.hpp"
#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/native/streamlet.hpp"
#include "cloudflow/stream/graph/builder.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// The heart of one native instance: polls its consumers, hands records to the feeds of its tasks, starts and stops
/// tasks as partitions come and go, commits what was acknowledged. Runs in turns on the executor, so nothing here
/// blocks; everything without a lock is confined to those turns. Requests, wake-ups and looks may come from any thread.
class instance_loop final : public stream::schedulable, public std::enable_shared_from_this<instance_loop> {
public:
  instance_loop(backend::instance what, std::unique_ptr<streamlet::streamlet_base> code, stream::runtime& runtime,
                const backend::host_services& host, backend::phase_listener on_phase);

  /// Opens producer and consumers and asks for the first turn. Errors: those of the log.
  result<void> open();

  void run() override;
  void wake() override;

  void drain();
  void abort();
  /// The listener is called no more.
  void forget_listener();
  /// Waits until it is over and none of its graphs runs any more. Not inside a turn.
  void wait_until_over();
  [[nodiscard]] backend::instance_phase phase() const;
  [[nodiscard]] std::optional<backend::failure_report> failure() const;
  [[nodiscard]] std::vector<std::string> describe() const;

private:
  // One consumer and the inlets that it reads: several if they are co-partitioned.
  struct reader {
    std::vector<port_name> inlets; // in the order of the consumer's topics
    bool commits = true;
    bool all_partitions = false; // unique group: one task reads everything
    std::unique_ptr<log::consumer> consumer;
    std::set<log::source_partition> paused;
    std::set<log::source_partition> owned;
    std::set<log::source_partition> completed;
    std::int32_t partitions = 0;
  };
  enum class request { none, drain, abort };

  result<void> open_reader(std::vector<port_name> inlets);
  void watch_keys();
  bool poll(reader& r);
  bool on_event(reader& r, const log::consumer_event& event);
  void dispatch(reader& r, log::record_batch&& records);
  void resume(reader& r);
  [[nodiscard]] partition_id task_of(const reader& r, partition_id partition) const;
  /// Every reader but the broadcast ones has been given partitions.
  [[nodiscard]] bool others_have_tasks() const;
  /// The tasks that a record of this partition goes to: one, or all for a broadcast inlet.
  [[nodiscard]] std::vector<native_task*> tasks_reading(const reader& r, partition_id partition) const;
  void ensure_task(partition_id id);
  void start_task(native_task& t);
  void task_ended(native_task& t, const stream::run_result& how);
  void finish_revoked(reader& r);
  void commit(bool last);
  void fail(backend::failure_report why);
  void finish(backend::instance_phase phase);
  void set_phase(backend::instance_phase phase);
  void turn();

  backend::instance what_;
  std::unique_ptr<streamlet::streamlet_base> code_;
  const native::streamlet* streamlet_ = nullptr;
  stream::runtime& runtime_;
  backend::host_services host_;
  backend::phase_listener on_phase_;
  std::shared_ptr<instance_services> services_; // owners: the loop and its tasks
  std::vector<std::unique_ptr<reader>> readers_;
  std::map<partition_id, std::shared_ptr<native_task>> tasks_; // owners: the loop, and the graph's readers and writers
  std::set<partition_id> revoking_;
  std::shared_ptr<key_owners> key_owners_; // owners: the loop and its tasks' graphs; null: one task, nothing to watch
  log::polled polled_;
  bool draining_ = false;
  bool closing_ = false; // all tasks are over; waiting for the producer's flush
  std::optional<std::chrono::nanoseconds> commit_due_;
  int idle_commits_ = 0;

  enum class turn_state { idle, due, running, again };
  std::atomic<turn_state> turn_{turn_state::idle};
  std::atomic<request> request_{request::none};
  std::atomic<bool> flushed_{false};
  mutable std::mutex mutex_;
  std::condition_variable quiet_;
  std::size_t running_ = 0; // graphs
  bool over_ = false;       // the last phase was told
  backend::instance_phase phase_ = backend::instance_phase::starting;
  std::optional<backend::failure_report> failure_;
  std::vector<std::pair<std::shared_ptr<native_task>, stream::run_result>> ended_;
  std::vector<stream::running> graphs_; // for describe()
};

} // namespace cloudflow::engine
