#pragma once

#include "cloudflow/engine/native/committer.hpp"
#include "cloudflow/engine/native/instance_status.hpp"
#include "cloudflow/engine/native/reader.hpp"
#include "cloudflow/engine/native/task_set.hpp"

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
  void start_task(partition_id id);
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
  std::optional<task_set> tasks_; // since open()
  committer committer_;
  log::polled polled_;
  std::chrono::nanoseconds counted_at_{0}; // when operators' counters were published last
  bool draining_ = false;
  bool closing_ = false; // all tasks are over; waiting for the producer's flush

  enum class turn_state { idle, due, running, again };
  std::atomic<turn_state> turn_{turn_state::idle};
  std::atomic<request> request_{request::none};
  std::atomic<bool> flushed_{false};
};

} // namespace cloudflow::engine
