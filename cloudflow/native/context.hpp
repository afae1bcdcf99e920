#pragma once

#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/native/line_sink.hpp"
#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/native/repeat_filter.hpp"
#include "cloudflow/stream/fluent.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
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
  /// Writes lines to the console of the application: stdout of `cloudflow run`, a batch at a time.
  [[nodiscard]] auto console_sink() const { return line_sink("console", task_->console(), task_); }
  /// Writes lines to a file that all tasks of this streamlet share. Transactional where the run has durable state:
  /// after a restart the file is cut to what was committed, and the lines of a commit come once. Else, and with nothing
  /// committed, it is made anew, with `header` as its first line if there is one. Throws context_error if it cannot be
  /// opened. One instance writes a file: replicas need a file each.
  [[nodiscard]] port_line_sink file_sink(const std::filesystem::path& file, std::string header = {}) const;

  /// Number of this task: the partition that it owns of each inlet.
  [[nodiscard]] partition_id task() const { return task_->task(); }
  [[nodiscard]] metric_registry& metrics() const { return task_->metrics(); }
  /// What the engine lends to readers, writers and servers of the task.
  [[nodiscard]] const std::shared_ptr<task_services>& services() const { return task_; }
};

} // namespace cloudflow::native
