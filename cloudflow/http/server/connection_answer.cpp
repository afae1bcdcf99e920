// What a connection writes: answers, streams, refusals.
#include "cloudflow/http/server/connection.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/http/server/answer_text.hpp"
#include "cloudflow/http/sse.hpp"

namespace cloudflow::http {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_pending = std::size_t{1} << 20U;
constexpr auto linger_time = 2s;

} // namespace

void connection::refuse(int status, std::string_view reason) { refuse(error_response(status, reason)); }

// Answers in a handler's place, and closes: what is left of the request is not worth reading.
void connection::refuse(response answer) {
  auto& core = worker_->core();
  core.counters.refused(answer.status);
  if (answer.status == 503) answer.headers.set("Retry-After", std::to_string(limits().retry_after.count()));
  times_.wait_for_nothing();
  const auto self = shared_from_this();
  phase_ = phase::refused;
  close_after_ = true;
  continue_due_ = false;
  ++serial_; // a handler that has the request is not heard any more
  if (demand_) std::exchange(demand_, {})({body_chunk::kind::failed, {}});
  tell_gone();
  if (phase_ == phase::closed) return;
  answer_ = answer_state::none;
  send_plain(answer);
}

void connection::put_head(const response& r, bool streaming) {
  chunked_answer_ = streaming && !reader_.old_version();
  // A body that nobody has read stands between this request and the next; one without framing ends with the connection.
  close_after_ = close_after_ || (streaming ? !chunked_answer_ : !reader_.ended());
  const std::string_view keep = reader_.old_version() ? "keep-alive" : "";
  append_head(out_.next(), r,
              {.chunked = chunked_answer_,
               .counted = !streaming && has_body(r.status),
               .connection = close_after_ ? "close" : keep,
               .date = worker_->date()});
}

void connection::send_plain(const response& r) {
  if (!over_limit_) worker_->core().counters.answered(r.status);
  answer_ = answer_state::complete;
  put_head(r, false);
  if (!head_request_) out_.next() += r.body;
  flush();
}

void connection::respond(std::uint64_t serial, response answer) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::none) return;
  send_plain(answer);
}

void connection::begin_stream(std::uint64_t serial, response head) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::none) return;
  worker_->core().counters.answered(head.status);
  answer_ = answer_state::streaming;
  event_stream_ = media_type_of(head.headers) == event_stream;
  if (event_stream_) times_.heartbeat = worker_->now() + limits().heartbeat;
  put_head(head, true);
  if (!head.body.empty()) write(serial, std::move(head.body), {});
  flush();
}

void connection::write(std::uint64_t serial, std::string data, std::function<void(bool)> written) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::streaming) {
    if (written) written(false);
    return;
  }
  if (event_stream_) times_.heartbeat = worker_->now() + limits().heartbeat;
  if (!data.empty() && !head_request_) {
    if (chunked_answer_)
      append_chunk(out_.next(), data);
    else
      out_.next() += data;
  }
  if (written) out_.then(std::move(written));
  if (out_.next().size() > longest_pending + data.size()) {
    logging::warn("http", "a stream was cut off: its writer does not wait for its reader",
                  logging::kv("server", worker_->core().options.name), logging::kv("peer", peer_));
    return close();
  }
  flush();
}

void connection::end_stream(std::uint64_t serial) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::streaming) return;
  answer_ = answer_state::complete;
  times_.heartbeat = connection_times::never;
  if (chunked_answer_ && !head_request_) out_.next() += last_chunk;
  flush();
}

void connection::forgotten(std::uint64_t serial) {
  if (serial != serial_ || phase_ != phase::answering) return;
  if (answer_ == answer_state::none) return send_plain(error_response(500, "no answer was given"));
  if (answer_ == answer_state::streaming) close(); // without the last chunk: the peer sees that something is missing
}

void connection::read(std::uint64_t serial, chunk_callback next) {
  if (serial != serial_ || phase_ != phase::answering || !stream_body_ || demand_) {
    next({body_chunk::kind::failed, {}});
    return;
  }
  demand_ = std::move(next);
  if (!reader_.ended()) wait_for(waiting::silence, limits().silence_time);
  step();
}

void connection::on_gone(std::uint64_t serial, std::function<void()> gone) {
  if (serial != serial_ || phase_ != phase::answering) return gone();
  gone_ = std::move(gone);
}

void connection::flush() {
  if (out_.writing() || phase_ == phase::closed) return;
  if (out_.next().empty()) {
    out_.tell_next();
    if (out_.writing() || !out_.next().empty() || phase_ == phase::closed) return;
    if (answer_ == answer_state::complete) answer_complete();
    return;
  }
  write_on(out_.begin());
}

void connection::write_on(std::string_view data) {
  times_.write_deadline = worker_->now() + limits().idle_time;
  transport_->write(data, shared_from_this());
}

void connection::on_written(bool ok, std::size_t count) {
  if (phase_ == phase::closed) return;
  if (!ok) return close();
  worker_->core().counters.sent.add(count);
  if (const auto rest = out_.sent(count); !rest.empty()) return write_on(rest);
  times_.write_deadline = connection_times::never;
  out_.tell_written();
  flush();
}

void connection::answer_complete() {
  if (phase_ != phase::answering && phase_ != phase::refused) return;
  gone_ = {};
  release_held();
  if (demand_) std::exchange(demand_, {})({body_chunk::kind::failed, {}});
  if (phase_ == phase::closed) return;
  if (close_after_ || !reader_.ended() || phase_ == phase::refused) return linger();
  reader_.restart();
  answer_ = answer_state::none;
  phase_ = phase::header;
  wait_for(reader_.idle() ? waiting::idle : waiting::header,
           reader_.idle() ? limits().idle_time : limits().header_time);
  step();
}

void connection::linger() {
  phase_ = phase::lingering;
  ++serial_;
  wait_for(waiting::linger, linger_time);
  if (reader_.peer_ended() && !reading_) return close();
  if (!transport_->end_writing(shared_from_this(), reading_)) need_bytes();
}

} // namespace cloudflow::http
