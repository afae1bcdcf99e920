#pragma once

#include "cloudflow/backend/backend.hpp"
#include "cloudflow/engine/native/transaction.hpp"
#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/native/context.hpp"
#include "cloudflow/native/dead_letters.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// What the tasks of one instance share: producer and transaction, changelog, schemas, console, shared objects, the
/// gate. Thread-safe.
class instance_services {
  const backend::instance& what_;
  backend::host_services host_;
  const bool transactional_;
  std::unique_ptr<log::producer> producer_;
  std::mutex plain_mutex_;
  std::unique_ptr<log::producer> plain_;         // beside a transactional one
  std::shared_ptr<transaction> sent_;            // owners: this and the writers; uses the producer
  std::shared_ptr<native::pressure_gate> gate_;  // owners: this and the writers
  std::shared_ptr<stream::line_output> console_; // owners: this and the sinks
  std::map<std::uint64_t, schema::schema_definition> schemas_;
  std::function<void()> wake_loop_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<void>> shared_; // owners: the tasks that asked
  std::set<port_name> writing_;                         // repartitions
  std::atomic<bool> marks_commits_{false};
  std::vector<stream::waker> wants_room_;
  std::optional<backend::failure_report> stop_;
  std::atomic<bool> wants_commit_{false};

public:
  instance_services(const backend::instance& what, const backend::host_services& host, std::function<void()> wake_loop);
  result<void> open();

  [[nodiscard]] const backend::instance& what() const { return what_; }
  [[nodiscard]] const backend::host_services& host() const { return host_; }
  [[nodiscard]] log::producer& producer() { return *producer_; }
  [[nodiscard]] transaction& sent() { return *sent_; }
  /// A writer outside of transactions. Errors: those of the log.
  result<std::unique_ptr<log::topic_writer>> open_plain(const topic_name& topic);
  /// Calls back when everything that was sent outside of transactions has been acknowledged.
  void flush_plain(const std::function<void()>& done);
  /// Records and positions are committed together. An ingress has no positions: it sends outside of transactions.
  [[nodiscard]] bool transactional() const { return transactional_; }
  /// Application and streamlet; of one half of a streamlet also the repartition that it reads.
  [[nodiscard]] std::string name() const;
  /// How many tasks there are, here and in other processes.
  [[nodiscard]] std::int32_t tasks() const;
  /// A task writes to that repartition. And: all to which any does.
  void note_writing(const port_name& repartition);
  [[nodiscard]] std::set<port_name> writing() const;
  /// What tasks write needs to know where commits cut it, whatever is delivered. At most once knows none.
  [[nodiscard]] bool marks_commits() const { return marks_commits_.load(std::memory_order_acquire); }
  /// The topic behind the durable state of all tasks, partition i that of task i; there since the first change.
  [[nodiscard]] topic_name changelog() const;
  /// Creates the topic if need be. Errors: those of the log.
  result<std::unique_ptr<log::topic_writer>> open_changelog();
  /// The same for the dead letters of an inlet.
  result<std::unique_ptr<log::topic_writer>> open_dead_letters(const port_name& inlet);
  [[nodiscard]] std::shared_ptr<native::pressure_gate> gate() const { return gate_; }
  [[nodiscard]] std::shared_ptr<stream::line_output> console() const { return console_; }
  result<schema::schema_definition> schema_of(std::uint64_t id);
  void publish(const schema::schema_definition& definition);
  std::shared_ptr<void> shared(const std::string& name, const std::function<std::shared_ptr<void>()>& make);
  void wants_room(stream::waker wake);
  /// The loop's record was refused; it is woken when there is room.
  void log_is_full() const;
  void wake_loop() const { wake_loop_(); }
  /// Much waits for the next commit.
  void ask_for_commit();
  [[nodiscard]] bool take_wanted_commit() { return wants_commit_.exchange(false); }
  /// A source reads no further: commit what it gave, then fail. The first such request counts.
  void stop_behind_commit(backend::failure_report why);
  [[nodiscard]] std::optional<backend::failure_report> take_stop();
};

/// One task: the partition that it owns of each inlet, and its feeds. `task_services` for its readers and writers.
class native_task final : public native::task_services {
  partition_id id_;
  std::shared_ptr<instance_services> instance_;                         // owners: the loop and its tasks
  std::map<port_name, std::shared_ptr<native::record_feed>> feeds_;     // owners: the task and its sources
  std::map<port_name, std::shared_ptr<native::dead_letter_box>> boxes_; // owners: the task and its sources
  std::vector<port_name> opened_;                                       // inlets that have a source
  std::vector<port_name> from_latest_;

public:
  native_task(partition_id id, std::shared_ptr<instance_services> instance);

  std::map<port_name, std::shared_ptr<native::record_feed>>& feeds() { return feeds_; }
  /// Those of inlets with that policy.
  [[nodiscard]] const std::map<port_name, std::shared_ptr<native::dead_letter_box>>& boxes() const { return boxes_; }
  /// Inlets that begin with what is written from now on, if their group has committed nothing.
  [[nodiscard]] const std::vector<port_name>& from_latest() const { return from_latest_; }

  [[nodiscard]] partition_id task() const override { return id_; }
  std::shared_ptr<native::record_feed> feed(const port_name& inlet) override;
  result<std::unique_ptr<log::topic_writer>> writer(const port_name& outlet) override;
  result<std::unique_ptr<log::topic_writer>> plain_writer(const port_name& outlet) override;
  void begin_at(const port_name& inlet, native::start_from where) override;
  void on_log_room(const port_name& outlet, stream::waker wake) override;
  std::shared_ptr<native::pressure_gate> gate() override { return instance_->gate(); }
  result<schema::schema_definition> writer_schema(std::uint64_t crc64) override { return instance_->schema_of(crc64); }
  result<void> publish_schema(const schema::schema_definition& definition) override;
  stream::source_home home_of(const port_name& read) const override;
  std::int32_t tasks() const override { return instance_->tasks(); }
  bool has_cuts() const override { return instance_->what().settings.delivery != streamlet::delivery::at_most_once; }
  void writes(const port_name& repartition) override { instance_->note_writing(repartition); }
  void acknowledged() override {
    instance_->sent().note_moved();
    instance_->wake_loop();
  }
  std::shared_ptr<native::dead_letter_box> dead_letters(const port_name& inlet) override;
  bool stop_behind_commit(const stream::failure& why, const std::string& verdict) override;
  metric_registry& metrics() override { return *instance_->host().metrics; }
  std::shared_ptr<stream::line_output> console() override { return instance_->console(); }
  http::server_port* servers() override { return instance_->host().servers; }
  void listening(const std::string& address) override {
    if (const auto& tell = instance_->host().on_listening) tell(instance_->what().settings.name, address);
  }
  std::shared_ptr<void> shared(const std::string& name, const std::function<std::shared_ptr<void>()>& make) override {
    return instance_->shared(name, make);
  }
};

} // namespace cloudflow::engine
