#pragma once

#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/native/pending_write.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace cloudflow::native {

namespace detail {

/// The half of a writer that does not depend on its type. Owners: the handles of user code; closed when the task's
/// graph is over. Thread-safe.
class CLOUDFLOW_API writer_core {
  const std::string name_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<pressure_gate> gate_; // owners: engine and the writers
  const log::header_buffer headers_;
  outlet_counters counters_;
  std::mutex mutex_;
  std::unique_ptr<log::topic_writer> writer_; // null: closed
  std::shared_ptr<std::atomic<std::size_t>> flying_ =
      std::make_shared<std::atomic<std::size_t>>(0); // owners: callbacks

public:
  static constexpr std::size_t bound = 4096; ///< records that are not acknowledged

  writer_core(const port_name& outlet, const schema::schema_definition& definition,
              const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task);
  pending_write write(const std::string* key, bytes_view value);
  void close();
};

} // namespace detail

/// Writes single records to an outlet's topic, from handlers, callbacks and threads of one's own:
/// `out.write(value).then([answer](const auto& done) { ... })`. What it writes stands outside of the streamlet's
/// transactions: it is in the log, for every reader, when the write is done. A crash before leaves it to the caller to
/// write again (at least once). A cheap copy; ends with the streamlet: later writes are `closed`. Thread-safe.
template <class T> class record_writer {
  streamlet::outlet<T> outlet_;
  std::shared_ptr<detail::writer_core> core_; // owners: the copies of this

public:
  record_writer(streamlet::outlet<T> outlet, std::shared_ptr<detail::writer_core> core)
      : outlet_(std::move(outlet))
      , core_(std::move(core)) {}

  /// Never blocks. Throws what the partitioner's function throws.
  [[nodiscard]] pending_write write(const T& value) const {
    bytes encoded;
    schema::codec<T>::encode(value, encoded);
    if (!outlet_.partitioning()) return core_->write(nullptr, encoded);
    std::string key;
    outlet_.partitioning().append_key(value, key);
    return core_->write(&key, encoded);
  }
};

} // namespace cloudflow::native
