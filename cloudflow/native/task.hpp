#pragma once

#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/server_port.hpp"
#include "cloudflow/log/producer.hpp"
#include "cloudflow/native/feed.hpp"
#include "cloudflow/native/task_control.hpp"
#include "cloudflow/schema/definition.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/sink/lines.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cloudflow::native {

class dead_letter_box;

/// Where an inlet begins whose group has not committed anything yet.
enum class start_from {
  earliest, ///< the oldest record there is
  latest    ///< what is written from then on
};

/// Says whether a streamlet without inlets must wait, because what it wrote is not read fast enough (DESIGN §4).
/// Thread-safe.
class CLOUDFLOW_API pressure_gate {
public:
  virtual ~pressure_gate() = default;
  [[nodiscard]] virtual bool closed() = 0;
  /// Nothing new should come in. Unlike `closed` also while a commit is under way, which opens the gate for what came
  /// before it: commits that follow each other closely would else let everything through.
  [[nodiscard]] virtual bool holds_back() { return closed(); }
  /// Remembers the waker; true if the gate is open now.
  virtual bool arm(const stream::waker& wake) = 0;
  /// Stays open from now on: the streamlet drains.
  virtual void release() {}
  /// Stays open while a commit is under way, for what came before it.
  virtual void committing(bool) {}
};

/// What a task's readers and writers get from the engine that runs it. The testkit has a form of its own, so that
/// streamlets are tested without a log. Thread-safe where it is called by islands; outlives the task's graph.
class CLOUDFLOW_API task_services {
public:
  virtual ~task_services() = default;

  /// Number of the task: the partition that it owns of each inlet.
  [[nodiscard]] virtual partition_id task() const = 0;
  virtual std::shared_ptr<record_feed> feed(const port_name& inlet) = 0;
  /// The way to append to the outlet's topic. Errors: those of the log.
  virtual result<std::unique_ptr<log::topic_writer>> writer(const port_name& outlet) = 0;
  /// Called when the log has room again after it refused a record; the last waker per outlet counts.
  virtual void on_log_room(const port_name& outlet, stream::waker wake) = 0;
  /// None for streamlets with inlets.
  virtual std::shared_ptr<pressure_gate> gate() = 0;
  /// The writer's schema behind a record's header. Errors: `not_found`, retriable.
  virtual result<schema::schema_definition> writer_schema(std::uint64_t crc64) = 0;
  /// Says that `definition` is written from now on.
  virtual result<void> publish_schema(const schema::schema_definition& definition) = 0;
  /// A streamlet with repartitions has tasks for each of its halves. Which of them reads the inlet or repartition?
  [[nodiscard]] virtual stream::source_home home_of(const port_name& /*read*/) const {
    return stream::source_home::any;
  }
  /// How many tasks share this one's half.
  [[nodiscard]] virtual std::int32_t tasks() const { return 1; }
  /// Commits cut the graph: what is told of event time goes with them. Else it goes behind each batch.
  [[nodiscard]] virtual bool has_cuts() const { return false; }
  /// The graph of this task writes to the repartition; and: it has written all there is.
  virtual void writes(const port_name& /*repartition*/) {}
  virtual void written(const port_name& /*repartition*/) {}
  /// Some tokens were acknowledged: there may be something to commit.
  virtual void acknowledged() = 0;
  /// Where an inlet's dead letters go; nullptr: nowhere.
  virtual std::shared_ptr<dead_letter_box> dead_letters(const port_name& /*inlet*/) { return nullptr; }
  /// A source gives nothing more, because of `why`: what it gave is committed, then the streamlet fails. `verdict`: not
  /// empty says why starting it again would not help. False: this host cannot; then the source fails the graph.
  virtual bool stop_behind_commit(const stream::failure& /*why*/, const std::string& /*verdict*/) { return false; }

  virtual metric_registry& metrics() = 0;
  /// Where a console egress writes: stdout of `cloudflow run`.
  virtual std::shared_ptr<stream::line_output> console() = 0;
  /// Where the streamlet's servers come from; nullptr if the host lends none.
  virtual http::server_port* servers() { return nullptr; }
  /// A server of the streamlet listens at this address, "http://127.0.0.1:3000".
  virtual void listening(const std::string& /*address*/) {}
  /// One object for all tasks of this instance: `make` is called by the first that asks.
  virtual std::shared_ptr<void> shared(const std::string& name, const std::function<std::shared_ptr<void>()>& make) = 0;
  /// The way to append to the outlet's topic outside of transactions. Errors: those of the log.
  virtual result<std::unique_ptr<log::topic_writer>> plain_writer(const port_name& outlet) { return writer(outlet); }
  /// Where the inlet begins if nothing was committed; before the task runs. That place is committed at once.
  virtual void begin_at(const port_name& /*inlet*/, start_from /*where*/) {}
  /// What user code says of the task's run. Who runs the task tells it when it begins and ends.
  [[nodiscard]] const std::shared_ptr<task_control>& control() const { return control_; }

private:
  std::shared_ptr<task_control> control_ = std::make_shared<task_control>(); // owners: this and handles of user code
};

} // namespace cloudflow::native
