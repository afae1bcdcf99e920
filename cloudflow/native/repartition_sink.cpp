#include "cloudflow/native/repartition_sink.hpp"

namespace cloudflow::native::detail {

repartition_writer::repartition_writer(const port_name& name, const schema::schema_definition& definition,
                                       const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
    : name_(name.value())
    , task_(std::move(task))
    , gate_(task_->gate())
    , counters_(task_->metrics(), ctx, name)
    , cuts_(task_->has_cuts()) {
  auto writer = task_->writer(name);
  if (!writer) throw streamlet::context_error("repartition '" + name_ + "' cannot be opened: " + writer.error().text());
  writer_ = std::move(*writer);
  if (auto done = task_->publish_schema(definition); !done)
    throw streamlet::context_error("the schema of repartition '" + name_ +
                                   "' cannot be published: " + done.error().text());
  const auto headers = schema_headers(definition);
  if (const auto id = headers.view().find(schema_header)) schema_id_.assign(id->begin(), id->end());
}

void repartition_writer::begin() {
  places_.clear();
  headers_.clear();
  tokens_.clear();
}

void repartition_writer::add(std::size_t key_end, std::size_t value_end, timestamp time) {
  if (!schema_id_.empty()) headers_.add(schema_header, schema_id_);
  if (time != stream::no_event_time) headers_.add(event_time_header, encode_event_time(time));
  places_.push_back({key_end, value_end, headers_.view().encoded().size()});
}

bool repartition_writer::send(bytes_view keys, bytes_view values) {
  stuck_ = false;
  if (places_.empty()) return true;
  records_.clear();
  const auto headers = headers_.view().encoded();
  place before{0, 0, 0};
  for (const auto& p : places_) {
    auto& r = records_.emplace_back();
    r.key = keys.subspan(before.key_end, p.key_end - before.key_end);
    r.value = values.subspan(before.value_end, p.value_end - before.value_end);
    r.headers = log::header_list(headers.subspan(before.headers_end, p.headers_end - before.headers_end));
    before = p;
  }
  if (!append(places_.size(), values.size(), std::move(tokens_))) return false;
  places_.clear();
  return !mark_due_ || tell();
}

// What is in `records_`.
bool repartition_writer::append(std::size_t count, std::size_t size, std::vector<stream::token_ref> covered) {
  flight_->started(count);
  auto tokens = std::make_shared<std::vector<stream::token_ref>>(std::move(covered));
  auto sent =
      writer_->send(records_, [count, tokens, flight = flight_, task = task_, name = name_](const auto& delivered) {
        if (delivered) {
          for (auto& token : *tokens) token.acknowledge();
          flight->ended(count, nullptr);
          task->acknowledged();
        } else {
          flight->ended(count, std::make_shared<const stream::failure>(stream::failure{
                                   "log error", delivered.error().text(), "repartition " + name, std::nullopt}));
        }
      });
  if (sent) {
    counters_.written(count, size);
    return true;
  }
  tokens_ = std::move(*tokens);
  if (sent.error().retriable) {
    stuck_ = true;
    flight_->withdrawn(count); // nobody is woken: the log says when there is room
    return false;
  }
  flight_->ended(count, std::make_shared<const stream::failure>(
                            stream::failure{"log error", sent.error().text(), "repartition " + name_, std::nullopt}));
  return false;
}

bool repartition_writer::tell() {
  if (watermark_ <= told_ && !mark_due_) return true;
  mark_due_ = true;
  if (stuck_ && !places_.empty()) return false; // behind the batch that waits
  const auto mark = encode_mark({task_->task().value(), task_->tasks(), watermark_});
  log::header_buffer headers;
  headers.add(mark_header, mark);
  records_.clear();
  for (std::int32_t p = 0; p < writer_->partitions(); ++p) {
    auto& r = records_.emplace_back();
    r.headers = headers.view();
    r.partition = partition_id(p);
  }
  stuck_ = false;
  if (!append(records_.size(), 0, {})) return false;
  told_ = watermark_;
  mark_due_ = false;
  return true;
}

void repartition_writer::end(const stream::ending& how) {
  if (how.kind == stream::end_kind::complete || how.kind == stream::end_kind::drain) (void)tell();
  if (how.kind == stream::end_kind::complete) task_->written(port_name(name_));
}

std::size_t repartition_writer::room() const {
  if (stuck_ || (gate_ && gate_->closed())) return 0;
  const auto out = flight_->records();
  return out >= outlet_writer::bound ? 0 : outlet_writer::bound - out;
}

bool repartition_writer::arm(const stream::waker& wake) {
  flight_->wake_by(wake);
  if (stuck_) task_->on_log_room(port_name(name_), wake);
  if (gate_ && gate_->arm(wake) && !stuck_ && room() > 0) return true;
  return failed() != nullptr || room() > 0;
}

} // namespace cloudflow::native::detail
