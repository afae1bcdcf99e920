#pragma once

#include "cloudflow/native/outlet_port.hpp"
#include "cloudflow/native/repartition_marks.hpp"
#include "cloudflow/streamlet/repartition.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::native {

namespace detail {

/// The half of a repartition's writer that does not depend on its type. Each record has its event time in a header.
/// What the watermark is goes to every partition when a commit cuts the graph; at most once has no such cuts, there it
/// goes behind each batch. Confined to its island but for callbacks.
class CLOUDFLOW_API repartition_writer {
  struct place {
    std::size_t key_end, value_end, headers_end;
  };
  std::string name_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  std::shared_ptr<pressure_gate> gate_; // owners: engine, this
  std::shared_ptr<outlet_flight> flight_ = std::make_shared<outlet_flight>(); // owners: this and its batches' callbacks
  std::unique_ptr<log::topic_writer> writer_;
  bytes schema_id_;
  outlet_counters counters_;
  const bool cuts_;
  std::vector<place> places_;
  log::header_buffer headers_;
  std::vector<stream::token_ref> tokens_;
  std::vector<log::outgoing_record> records_; // of one send: kept for its room
  timestamp watermark_ = stream::no_event_time;
  timestamp told_ = stream::no_event_time;
  bool stuck_ = false;    // the log refused the last batch
  bool mark_due_ = false; // the log refused a mark, or something waits in front of it

  bool append(std::size_t count, std::size_t size, std::vector<stream::token_ref> tokens);

public:
  repartition_writer(const port_name& name, const schema::schema_definition& definition,
                     const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task);

  void start() { task_->writes(port_name(name_)); }
  void begin();
  /// A record whose key and value end there in the batch's.
  void add(std::size_t key_end, std::size_t value_end, timestamp time);
  void cover(stream::token_ref token) { tokens_.push_back(std::move(token)); }
  /// False if the log has no room now: call again after a wake-up, with the same bytes.
  bool send(bytes_view keys, bytes_view values);
  /// Whether a batch waits.
  [[nodiscard]] bool stuck() const { return stuck_; }
  void on_watermark(timestamp t) { watermark_ = std::max(watermark_, t); }
  void on_cut() { (void)tell(); }
  void on_flush() {
    if (!cuts_) (void)tell();
  }
  /// Sends the mark that is due. False if the log has no room.
  bool tell();
  [[nodiscard]] bool mark_due() const { return mark_due_; }
  void end(const stream::ending& how);

  [[nodiscard]] std::size_t room() const;
  bool arm(const stream::waker& wake);
  [[nodiscard]] std::size_t in_flight() const { return flight_->records(); }
  [[nodiscard]] std::shared_ptr<const stream::failure> failed() const { return flight_->failed(); }
  [[nodiscard]] const std::string& name() const { return name_; }
};

} // namespace detail

/// The end of the graph in front of a repartition. Confined to its island.
template <class T> class repartition_sink final : public stream::sink_port<T> {
  streamlet::outlet<T> outlet_;
  detail::repartition_writer writer_;
  schema::encode_buffer values_;
  std::string keys_;
  bool ended_ = false;

public:
  repartition_sink(streamlet::outlet<T> outlet, const streamlet::streamlet_context& ctx,
                   std::shared_ptr<task_services> task)
      : outlet_(std::move(outlet))
      , writer_(outlet_.name(), schema::codec<T>::definition(), ctx, std::move(task)) {}

  std::string name() const override { return writer_.name(); }
  void start(stream::island_services&) override { writer_.start(); }
  std::size_t room() override { return go_on() ? writer_.room() : 0; }

  void push(stream::batch<T>& elements) override {
    values_.clear();
    keys_.clear();
    writer_.begin();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      outlet_.partitioning().append_key(elements.values[i], keys_);
      encode(elements.values[i]);
      writer_.add(keys_.size(), values_.view().size(),
                  elements.meta.empty() ? stream::no_event_time : elements.meta[i].time);
    }
    for (auto& run : elements.runs) writer_.cover(std::move(run.token));
    (void)writer_.send(as_bytes(keys_), values_.view());
  }
  void flush() override { writer_.on_flush(); }
  void on_watermark(timestamp t) override { writer_.on_watermark(t); }
  void on_barrier(stream::commit_id) override { writer_.on_cut(); }

  bool arm(const stream::waker& wake) override {
    const bool ready = writer_.arm(wake);
    if (ended_) return ended(); // room matters no more, acknowledgements do
    return ready || ((writer_.stuck() || writer_.mark_due()) && room() > 0);
  }
  void end(const stream::ending& how) override {
    ended_ = true;
    writer_.end(how);
  }
  bool ended() override { return (go_on() && writer_.in_flight() == 0) || writer_.failed() != nullptr; }
  std::shared_ptr<const stream::failure> failed() override { return writer_.failed(); }

private:
  bool go_on() {
    if (writer_.stuck() && !writer_.send(as_bytes(keys_), values_.view())) return false;
    return !writer_.mark_due() || writer_.tell();
  }
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
