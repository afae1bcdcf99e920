#pragma once

#include "cloudflow/engine/native/commit_cycle.hpp"
#include "cloudflow/engine/native/committer.hpp"
#include "cloudflow/engine/native/instance_status.hpp"
#include "cloudflow/engine/native/reader.hpp"
#include "cloudflow/engine/native/task_set.hpp"
#include "cloudflow/native/changelog_reader.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// The heart of one native instance: orders its readers, tasks and commits. Runs in turns on the executor, so nothing
/// here blocks; everything without a lock is confined to those turns. Requests, wake-ups and looks may come from any
/// thread.
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
  /// Waits until it is over and none of its graphs runs any more. Not inside a turn.
  void wait_until_over();
  [[nodiscard]] instance_status& status() { return status_; }
  [[nodiscard]] std::vector<std::string> describe() const;

private:
  enum class request { none, drain, abort };
  /// A task on its way.
  struct opening {
    std::shared_ptr<native::changelog_state> state; // owners: this, then the task; null: nothing is durable
    std::unique_ptr<native::changelog_reader> reader;
  };

  result<void> open_reader(std::vector<port_name> inlets);
  void turn();
  bool obey_requests();
  /// True if a reader has more at once.
  bool read();
  bool poll(reader& r);
  void on_event(reader& r, const log::consumer_event& event);
  void end_feeds(reader& r, const log::consumer_event& completed);
  void dispatch(reader& r, log::record_batch&& records);
  /// Every reader but the broadcast ones has been given partitions.
  [[nodiscard]] bool others_have_tasks() const;
  /// Its graph starts when its state is restored and no commit is under way.
  void open_task(partition_id id);
  void start_opened();
  /// The tasks that there are to be are there, and their user code says so.
  [[nodiscard]] bool is_ready() const;
  void start_task(partition_id id, std::shared_ptr<native::changelog_state> state);
  /// Everything that is in the graphs and the log is committed together, behind barriers; else positions follow what
  /// was acknowledged.
  [[nodiscard]] bool commits_by_barrier() const {
    return services_->transactional() || tasks_->any_stateful() || services_->marks_commits();
  }
  void commit_when_due();
  /// A source has stopped: the streamlet fails when what the source gave is committed.
  void heed_stop();
  /// The work of a task that is over is committed.
  bool settled(partition_id left);
  void replace_left();
  void close_if_done();
  void fail(backend::failure_report why);
  void finish(backend::instance_phase phase);

  backend::instance what_;
  std::unique_ptr<streamlet::streamlet_base> code_;
  stream::runtime& runtime_;
  backend::host_services host_;
  instance_status status_;
  std::shared_ptr<instance_services> services_; // owners: the loop and its tasks
  std::vector<std::unique_ptr<reader>> readers_;
  std::optional<task_set> tasks_;      // since open()
  std::optional<committer> committer_; // since open()
  std::optional<commit_cycle> cycle_;  // since open()
  std::map<partition_id, opening> opening_;
  std::map<partition_id, std::uint64_t> settled_by_; // of tasks that left: the commit behind their last record
  std::uint64_t last_commit_ = 0;                    // while closing
  std::optional<backend::failure_report> stop_;      // why the instance fails behind a commit
  std::uint64_t stops_behind_ = 0;                   // that commit
  bool left_progress_taken_ = false;                 // without barriers: of tasks that left
  bool last_progress_taken_ = false;                 // without barriers: while closing, or stopping
  log::polled polled_;
  std::chrono::nanoseconds counted_at_{0}; // when operators' counters were published last
  bool draining_ = false;
  bool plain_asked_ = false;
  bool closing_ = false; // all tasks are over; waiting for the last commit

  enum class turn_state { idle, due, running, again };
  std::atomic<turn_state> turn_{turn_state::idle};
  std::atomic<request> request_{request::none};
  std::atomic<bool> flushed_{false};
  std::atomic<bool> plain_flushed_{false};
  std::atomic<bool> wants_commit_{false}; // much state is dirty
};

} // namespace cloudflow::engine
