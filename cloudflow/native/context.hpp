#pragma once

#include "cloudflow/native/commit_only.hpp"
#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/native/line_sink.hpp"
#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/native/record_writer.hpp"
#include "cloudflow/native/repartition_sink.hpp"
#include "cloudflow/native/repartition_source.hpp"
#include "cloudflow/native/repeat_filter.hpp"
#include "cloudflow/stream/fluent.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace cloudflow::native {

/// What `build` gets: settings, readers and writers of one task. Readers and writers are made for a port of the
/// streamlet's shape; each port is used once per graph.
class CLOUDFLOW_API context : public streamlet::streamlet_context {
  std::shared_ptr<task_services> task_; ///< owners: the engine, the readers and writers of the task

public:
  context(streamlet::instance_settings settings, std::shared_ptr<task_services> task)
      : streamlet_context(std::move(settings))
      , task_(std::move(task)) {}

  /// The records of an inlet, decoded, with event time and watermark. At least once: an offset is committed when
  /// everything that came of its record was acknowledged.
  template <class T> [[nodiscard]] auto source(const streamlet::inlet<T>& in) const {
    return stream::source(
        std::unique_ptr<stream::source_port<T>>(std::make_unique<inlet_port<T, T>>(in, *this, task_)));
  }
  /// The same, and says where reading begins when the streamlet runs for the first time: that place is committed at
  /// once, so every later run goes on from what was committed.
  template <class T> [[nodiscard]] auto source(const streamlet::inlet<T>& in, start_from where) const {
    task_->begin_at(in.name(), where);
    return source(in);
  }
  /// `source(in)` by its long name: what it reads carries offsets, which `committing_sink` and `commit_only` commit.
  template <class T> [[nodiscard]] auto source_with_offset(const streamlet::inlet<T>& in) const { return source(in); }
  /// The records of an inlet with their keys; `key` is empty where a record has none. Tombstones are left out, and
  /// counted.
  template <class T> [[nodiscard]] auto keyed(const streamlet::inlet<T>& in) const {
    using pair = keyed_value<T>;
    return stream::source(
        std::unique_ptr<stream::source_port<pair>>(std::make_unique<inlet_port<T, pair>>(in, *this, task_)));
  }
  /// Several inlets of one type as one stream, taking turns; see `stream::merge`.
  template <class T, class... More>
  [[nodiscard]] auto merge(const streamlet::inlet<T>& first, const streamlet::inlet<More>&... more) const {
    static_assert(sizeof...(More) > 0, "merge wants two or more inlets; of one, ctx.source(in) is the stream");
    static_assert((std::is_same_v<T, More> && ...),
                  "merge wants inlets of one type; map their sources to a common one and use stream::merge");
    if constexpr (sizeof...(More) > 0 && (std::is_same_v<T, More> && ...))
      return stream::merge(source(first), source(more)...);
  }
  /// The same with key, headers, partition, offset and timestamp of each record; tombstones come as records without a
  /// value.
  template <class T> [[nodiscard]] auto records(const streamlet::inlet<T>& in) const {
    using whole = record<T>;
    return stream::source(
        std::unique_ptr<stream::source_port<whole>>(std::make_unique<inlet_port<T, whole>>(in, *this, task_)));
  }
  /// `source(in)` without what came twice by HTTP: of records whose requests had the same `Idempotency-Key` within
  /// `ttl` (processing time) the first. Right behind the ingress: the header is not passed on to what is written of a
  /// record. Keeps: durable state, one entry per key. Repeats are counted in `repeated_total`.
  template <class T> [[nodiscard]] auto dedup(const streamlet::inlet<T>& in, std::chrono::milliseconds ttl) const {
    using whole = record<T>;
    return stream::source(std::unique_ptr<stream::source_port<T>>(
        std::make_unique<repeat_filter<T>>(std::make_unique<inlet_port<T, whole>>(in, *this, task_), ttl)));
  }
  /// Writes to an outlet's topic.
  template <class T> [[nodiscard]] auto sink(const streamlet::outlet<T>& out) const {
    return stream::sink(std::unique_ptr<stream::sink_port<T>>(std::make_unique<outlet_port<T>>(out, *this, task_)));
  }
  /// The same for streams of records only: an offset is committed when the log has acknowledged everything that came of
  /// its record. A stream that has no offsets does not compile.
  template <class T> [[nodiscard]] auto committing_sink(const streamlet::outlet<T>& out) const {
    return native::committing_sink<T>(std::make_unique<outlet_port<T>>(out, *this, task_));
  }
  /// Lets elements go and commits their offsets: for streamlets that act by what their operators do.
  [[nodiscard]] commit_only_sink commit_only() const { return commit_only_sink(task_); }
  /// Writes single records, from handlers and threads of one's own. Each outlet has a sink or a writer.
  template <class T> [[nodiscard]] record_writer<T> writer(const streamlet::outlet<T>& out) const {
    auto core = std::make_shared<detail::writer_core>(out.name(), schema::codec<T>::definition(), *this, task_);
    task_->control()->add_writer([weak = std::weak_ptr(core)] {
      if (const auto writer = weak.lock()) writer->close();
    });
    return record_writer<T>(out, std::move(core));
  }
  /// Both ends of a repartition of the streamlet's shape: `.repartition_by(ctx.by(by_gauge_))`. What stands behind it
  /// runs in tasks of its own, which have state, offsets and event time of their own.
  template <class T> [[nodiscard]] stream::repartition_ends<T> by(const streamlet::repartition<T>& way) const {
    auto records = std::make_unique<inlet_port<T, record<T>>>(way.reading(), *this, task_);
    return {std::make_unique<repartition_sink<T>>(way.writing(), *this, task_),
            std::make_unique<repartition_source<T>>(std::move(records), way.idle_after())};
  }
  /// Writes lines to the console of the application: stdout of `cloudflow run`, a batch at a time.
  [[nodiscard]] auto console_sink() const { return line_sink("console", task_->console(), task_); }
  /// Writes lines to a file that all tasks of this streamlet share. Transactional where the run has durable state:
  /// after a restart the file is cut to what was committed, and the lines of a commit come once. Else, and with nothing
  /// committed, it is made anew, with `header` as its first line if there is one. Throws context_error if it cannot be
  /// opened. One instance writes a file: replicas need a file each.
  [[nodiscard]] port_line_sink file_sink(const std::filesystem::path& file, std::string header = {}) const;

  /// Calls once when this task's graph is over, with how it ended: complete, drain, fail or abort. On a worker; must
  /// not block. What throws is logged. The last one that asked is called first, and a writer still writes then.
  void on_stop(std::function<void(const stream::ending&)> call) const { task_->control()->on_stop(std::move(call)); }
  /// What the streamlet itself says of its run: ready, complete, failed.
  [[nodiscard]] run_signals signals() const { return run_signals(task_->control()); }

  /// Number of this task: the partition that it owns of each inlet.
  [[nodiscard]] partition_id task() const { return task_->task(); }
  [[nodiscard]] metric_registry& metrics() const { return task_->metrics(); }
  /// What the engine lends to readers, writers and servers of the task.
  [[nodiscard]] const std::shared_ptr<task_services>& services() const { return task_; }
};

} // namespace cloudflow::native
