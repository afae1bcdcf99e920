#include "cloudflow/native/http/entrance_port.hpp"
#include "cloudflow/native/http/request_key.hpp"
#include "cloudflow/native/outlet_port.hpp"

#include <cstring>

namespace cloudflow::native::detail {

namespace {

metric_labels labels_of(const streamlet::streamlet_context& ctx, const port_name& port) {
  return {{"app", ctx.app_id()}, {"streamlet", ctx.name().value()}, {"port", port.value()}};
}

} // namespace

inlet_counters::inlet_counters(metric_registry& m, const streamlet::streamlet_context& ctx, const port_name& port)
    : records_(&m.get_counter("cloudflow_records_in_total", labels_of(ctx, port), "Records read by an inlet."))
    , bytes_(&m.get_counter("cloudflow_in_bytes_total", labels_of(ctx, port), "Bytes of values read by an inlet."))
    , decode_failures_(&m.get_counter("cloudflow_decode_failures_total", labels_of(ctx, port),
                                      "Records that an inlet could not decode."))
    , tombstones_(&m.get_counter("cloudflow_tombstones_total", labels_of(ctx, port),
                                 "Records without a value that a source of plain values left out.")) {}

outlet_counters::outlet_counters(metric_registry& m, const streamlet::streamlet_context& ctx, const port_name& port)
    : records_(&m.get_counter("cloudflow_records_out_total", labels_of(ctx, port), "Records written by an outlet."))
    , bytes_(
          &m.get_counter("cloudflow_out_bytes_total", labels_of(ctx, port), "Bytes of values written by an outlet.")) {}

std::uint64_t schema_id_of(const log::header_list& headers, bool& present) {
  const auto value = headers.find(schema_header);
  present = value && value->size() == 8;
  if (!present) return 0;
  std::uint64_t id = 0;
  for (std::size_t i = 8; i-- > 0;) id = id << 8 | std::to_integer<std::uint64_t>((*value)[i]);
  return id;
}

log::header_buffer schema_headers(const schema::schema_definition& definition) {
  log::header_buffer headers;
  if (definition.ids.crc64 == 0) return headers; // formats without a schema
  std::array<std::byte, 8> id{};
  for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<std::byte>(definition.ids.crc64 >> (8 * i));
  headers.add(schema_header, id);
  return headers;
}

void outlet_flight::started(std::size_t records) {
  const std::lock_guard lock(mutex_);
  records_ += records;
}

void outlet_flight::ended(std::size_t records, std::shared_ptr<const stream::failure> failed) {
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    records_ -= records;
    if (failed && !failed_) failed_ = std::move(failed);
    wake = waker_;
  }
  wake.wake();
}

void outlet_flight::withdrawn(std::size_t records) {
  const std::lock_guard lock(mutex_);
  records_ -= records;
}

std::size_t outlet_flight::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::shared_ptr<const stream::failure> outlet_flight::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void outlet_flight::wake_by(const stream::waker& wake) {
  const std::lock_guard lock(mutex_);
  waker_ = wake;
}

void outlet_flight::wake() {
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    wake = waker_;
  }
  wake.wake();
}

std::unique_ptr<log::topic_writer> writer_of(const port_name& outlet, result<std::unique_ptr<log::topic_writer>> opened,
                                             const schema::schema_definition& definition, task_services& task) {
  if (!opened)
    throw streamlet::context_error("outlet '" + outlet.value() + "' cannot be opened: " + opened.error().text());
  if (auto done = task.publish_schema(definition); !done)
    throw streamlet::context_error("the schema of outlet '" + outlet.value() +
                                   "' cannot be published: " + done.error().text());
  return std::move(*opened);
}

outlet_writer::outlet_writer(const port_name& outlet, const schema::schema_definition& definition,
                             const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
    : name_(outlet.value())
    , task_(std::move(task))
    , gate_(task_->gate())
    , headers_(schema_headers(definition))
    , counters_(task_->metrics(), ctx, outlet) {
  writer_ = writer_of(outlet, task_->writer(outlet), definition, *task_);
}

void outlet_writer::add_request_keys(outgoing& batch) const {
  batch.headers.clear();
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.tokens.size(); ++i) {
    const auto end = at + batch.covers[i];
    // Of all sources only this one is not read again from a position, so that the engine knows nothing of its keys.
    if (auto* of_request = dynamic_cast<entry_token*>(batch.tokens[i].get())) {
      for (auto r = at; r < end; ++r) {
        const auto key = of_request->next_key(this);
        if (!key) break;
        batch.headers.push_back(headers_);
        batch.headers.back().add(idempotency_header, std::string_view(*key));
        batch.records[r].headers = batch.headers.size();
      }
    }
    at = end;
  }
}

bool outlet_writer::send(outgoing& batch, bytes_view values) {
  stuck_ = false;
  if (batch.records.empty()) return true;
  const auto keys = as_bytes(batch.keys);
  records_.clear();
  for (const auto& e : batch.records) {
    auto& r = records_.emplace_back();
    if (batch.keyed) r.key = keys.subspan(e.key_begin, e.key_end - e.key_begin);
    r.value = values.subspan(e.value_begin, e.value_end - e.value_begin);
    r.headers = e.headers == 0 ? headers_.view() : batch.headers[e.headers - 1].view();
    if (e.time != stream::no_event_time) r.time = e.time;
  }
  const auto count = records_.size();
  flight_->started(count);
  auto tokens = std::make_shared<std::vector<stream::token_ref>>(std::move(batch.tokens));
  auto sent =
      writer_->send(records_, [count, tokens, flight = flight_, task = task_, name = name_](const auto& delivered) {
        if (delivered) {
          for (auto& token : *tokens) token.acknowledge();
          flight->ended(count, nullptr);
          task->acknowledged();
        } else {
          flight->ended(count, std::make_shared<const stream::failure>(stream::failure{
                                   "log error", delivered.error().text(), "outlet " + name, std::nullopt}));
        }
      });
  if (sent) {
    counters_.written(count, values.size());
    batch.records.clear();
    batch.tokens.clear();
    return true;
  }
  if (sent.error().retriable) {
    batch.tokens = std::move(*tokens);
    stuck_ = true;
    flight_->withdrawn(count); // nobody is woken: the log says when there is room
    return false;
  }
  flight_->ended(count, std::make_shared<const stream::failure>(
                            stream::failure{"log error", sent.error().text(), "outlet " + name_, std::nullopt}));
  return false;
}

std::size_t outlet_writer::room() const {
  if (stuck_ || (gate_ && gate_->closed())) return 0;
  const auto out = flight_->records();
  return out >= bound ? 0 : bound - out;
}

bool outlet_writer::arm(const stream::waker& wake) {
  flight_->wake_by(wake);
  if (stuck_) task_->on_log_room(port_name(name_), wake);
  if (gate_ && gate_->arm(wake) && !stuck_ && room() > 0) return true;
  return failed() != nullptr || room() > 0;
}

} // namespace cloudflow::native::detail
