#pragma once

#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/schema/encode_buffer.hpp"
#include "cloudflow/stream/sink/port.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::native {

namespace detail {

/// What the batches of one outlet that are on their way share: how many records are not acknowledged yet, whom to wake,
/// and the first error. Owners: the port and the log's callbacks. Thread-safe.
class CLOUDFLOW_API outlet_flight {
  mutable std::mutex mutex_;
  std::size_t records_ = 0;
  stream::waker waker_;
  std::shared_ptr<const stream::failure> failed_;

public:
  void started(std::size_t records);
  void ended(std::size_t records, std::shared_ptr<const stream::failure> failed);
  void withdrawn(std::size_t records);
  [[nodiscard]] std::size_t records() const;
  [[nodiscard]] std::shared_ptr<const stream::failure> failed() const;
  void wake_by(const stream::waker& wake);
  void wake();
};

class CLOUDFLOW_API outlet_counters {
  counter* records_;
  counter* bytes_;

public:
  outlet_counters(metric_registry& metrics, const streamlet::streamlet_context& ctx, const port_name& port);
  void written(std::size_t records, std::size_t size) {
    records_->add(records);
    bytes_->add(size);
  }
};

CLOUDFLOW_API log::header_buffer schema_headers(const schema::schema_definition& definition);

/// What `opened` has, when the schema of what it is to write is published. Throws streamlet::context_error.
CLOUDFLOW_API std::unique_ptr<log::topic_writer> writer_of(const port_name& outlet,
                                                           result<std::unique_ptr<log::topic_writer>> opened,
                                                           const schema::schema_definition& definition,
                                                           task_services& task);

/// The half of an outlet's writer that does not depend on its type. Confined to its island but for callbacks.
class CLOUDFLOW_API outlet_writer {
  std::string name_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<pressure_gate> gate_; // owners: engine, this
  std::shared_ptr<outlet_flight> flight_ = std::make_shared<outlet_flight>(); // owners: this and its batches' callbacks
  std::unique_ptr<log::topic_writer> writer_;
  log::header_buffer headers_;
  std::vector<log::outgoing_record> records_; // of one send: kept for its room
  outlet_counters counters_;
  bool stuck_ = false; // the log refused the last batch: send it again when there is room

public:
  static constexpr std::size_t bound = 4096; ///< records that are not acknowledged

  struct encoded {
    std::size_t key_begin, key_end, value_begin, value_end;
    timestamp time;
    std::size_t headers = 0; ///< of its own, in `outgoing::headers`, counted from 1; 0: the writer's
  };
  struct outgoing {
    std::vector<encoded> records;
    std::string keys;
    bool keyed = false;
    std::vector<stream::token_ref> tokens;
    std::vector<std::size_t> covers; ///< records per token
    std::vector<log::header_buffer> headers;
  };

  outlet_writer(const port_name& outlet, const schema::schema_definition& definition,
                const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task);
  /// Gives records of requests that have an `Idempotency-Key` that header. Once per batch.
  void add_request_keys(outgoing& batch) const;
  /// Sends what was encoded. False if the log has no room now: call again after a wake-up.
  bool send(outgoing& batch, bytes_view values);
  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] bool stuck() const { return stuck_; }
  bool arm(const stream::waker& wake);
  [[nodiscard]] std::size_t in_flight() const { return flight_->records(); }
  [[nodiscard]] std::shared_ptr<const stream::failure> failed() const { return flight_->failed(); }
  [[nodiscard]] const std::string& name() const { return name_; }
};

} // namespace detail

/// The end of a graph: encodes records, gives them key and header, appends a batch at a time, and acknowledges their
/// tokens when the log has them. Confined to its island.
template <class T> class outlet_port final : public stream::sink_port<T> {
  streamlet::outlet<T> outlet_;
  detail::outlet_writer writer_;
  detail::outlet_writer::outgoing waiting_; // a batch that the log had no room for
  schema::encode_buffer values_;
  bool ended_ = false;

public:
  outlet_port(streamlet::outlet<T> outlet, const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
      : outlet_(std::move(outlet))
      , writer_(outlet_.name(), schema::codec<T>::definition(), ctx, std::move(task)) {}

  std::string name() const override { return writer_.name(); }

  std::size_t room() override {
    if (writer_.stuck() && !writer_.send(waiting_, values_.view())) return 0;
    return writer_.room();
  }

  void push(stream::batch<T>& elements) override {
    values_.clear();
    waiting_.records.clear();
    waiting_.keys.clear();
    waiting_.tokens.clear();
    waiting_.keyed = static_cast<bool>(outlet_.partitioning());
    for (std::size_t i = 0; i < elements.size(); ++i) {
      detail::outlet_writer::encoded e{};
      e.time = elements.meta.empty() ? stream::no_event_time : elements.meta[i].time;
      e.key_begin = waiting_.keys.size();
      if (waiting_.keyed) outlet_.partitioning().append_key(elements.values[i], waiting_.keys);
      e.key_end = waiting_.keys.size();
      e.value_begin = values_.view().size();
      encode(elements.values[i]);
      e.value_end = values_.view().size();
      waiting_.records.push_back(e);
    }
    waiting_.covers.clear();
    for (auto& run : elements.runs) {
      waiting_.tokens.push_back(std::move(run.token));
      waiting_.covers.push_back(run.count);
    }
    writer_.add_request_keys(waiting_);
    (void)writer_.send(waiting_, values_.view());
  }

  bool arm(const stream::waker& wake) override {
    const bool ready = writer_.arm(wake);
    if (ended_) return ended(); // room matters no more, acknowledgements do
    return ready || (writer_.stuck() && room() > 0);
  }
  void end(const stream::ending&) override { ended_ = true; }
  bool ended() override {
    if (writer_.stuck() && !writer_.send(waiting_, values_.view())) return writer_.failed() != nullptr;
    return writer_.in_flight() == 0 || writer_.failed() != nullptr;
  }
  std::shared_ptr<const stream::failure> failed() override { return writer_.failed(); }

private:
  void encode(const T& value) {
    if constexpr (requires { schema::codec<T>::encode(value, values_); }) {
      schema::codec<T>::encode(value, values_);
    } else { // a codec of the user's own
      bytes one;
      schema::codec<T>::encode(value, one);
      auto* to = values_.reserve(one.size());
      values_.commit(std::copy(one.begin(), one.end(), to));
    }
  }
};

} // namespace cloudflow::native
