#include "cloudflow/http/server/connection.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/http/server/server_exchange.hpp"

#include <algorithm>

namespace cloudflow::http {

namespace {

constexpr std::size_t read_size = std::size_t{16} << 10U;
constexpr std::size_t longest_linger = std::size_t{4} << 20U;

} // namespace

connection::connection(std::shared_ptr<worker> w, std::unique_ptr<transport> t, std::string peer, bool over_limit)
    : worker_(std::move(w))
    , transport_(std::move(t))
    , peer_(std::move(peer))
    , reader_(worker_->core().options.limits.header_bytes)
    , over_limit_(over_limit) {}

connection::~connection() { release_held(); }

void connection::start() {
  auto& core = worker_->core();
  core.counters.open.set(static_cast<double>(core.connections.load()));
  worker_->add(shared_from_this());
  if (core.stopping.load(std::memory_order_acquire)) return close();
  wait_for(waiting::idle, limits().header_time); // of a handshake, too
  transport_->open(shared_from_this());
}

void connection::on_open(bool ok) {
  if (phase_ == phase::closed) return;
  if (!ok) return close();
  if (over_limit_) return refuse(503, "too many connections");
  phase_ = phase::header;
  wait_for(waiting::idle, limits().idle_time);
  step();
}

void connection::wait_for(waiting what, std::chrono::nanoseconds at_most) {
  times_.wait_for(what, worker_->now() + at_most);
}

// Time
// ------------------------------------------------------------------------------------------------------------------

void connection::on_time() {
  const auto now = worker_->now();
  if (phase_ == phase::closed) return;
  if (now >= times_.write_deadline) return close();
  if (now >= times_.heartbeat) {
    times_.heartbeat = now + limits().heartbeat;
    if (answer_ == answer_state::streaming && !out_.writing()) {
      write(serial_, ":\n\n", {});
      if (phase_ == phase::closed) return;
    }
  }
  if (now < times_.deadline) return;
  switch (times_.what) {
  case waiting::header: return refuse(408, "the header block took too long");
  case waiting::body: return refuse(408, "the body took too long");
  case waiting::silence:
    if (answer_ == answer_state::none) return refuse(408, "no more of the body came");
    return close();
  case waiting::nothing: return;
  default: return close();
  }
}

void connection::close_if_idle() {
  if (phase_ == phase::header && reader_.idle()) return close();
  close_after_ = true;
}

void connection::close() {
  if (phase_ == phase::closed) return;
  const auto self = shared_from_this();
  phase_ = phase::closed;
  times_.end();
  transport_->close();
  auto& core = worker_->core();
  core.counters.open.set(static_cast<double>(core.connections.fetch_sub(1) - 1));
  release_held();
  if (demand_) std::exchange(demand_, {})({body_chunk::kind::failed, {}});
  out_.fail();
  tell_gone();
  worker_->remove(*this);
}

void connection::tell_gone() {
  if (gone_) std::exchange(gone_, {})();
}

// Reading
// ---------------------------------------------------------------------------------------------------------------

void connection::need_bytes() {
  if (reading_ || phase_ == phase::closed) return;
  reading_ = true;
  transport_->read(reader_.room(read_size), shared_from_this());
}

void connection::on_read(bool ok, std::size_t count) {
  reading_ = false;
  if (phase_ == phase::closed) return;
  if (!ok) return close();
  worker_->core().counters.received.add(count);
  if (phase_ == phase::lingering || phase_ == phase::refused) {
    dropped_ += count;
    if (count == 0 || dropped_ > longest_linger) {
      if (phase_ == phase::lingering) close();
      return; // still writing: what comes next is told by that
    }
    return need_bytes();
  }
  if (count == 0) {
    reader_.closed();
  } else {
    if (phase_ == phase::header && reader_.idle()) wait_for(waiting::header, limits().header_time);
    if (times_.what == waiting::silence) wait_for(waiting::silence, limits().silence_time);
    reader_.filled(count);
  }
  step();
}

void connection::step() {
  if (stepping_) {
    step_again_ = true;
    return;
  }
  const auto self = shared_from_this();
  stepping_ = true;
  do {
    step_again_ = false;
    while (step_once()) {
    }
  } while (step_again_);
  stepping_ = false;
}

// True: there may be more to do at once.
bool connection::step_once() {
  const bool wants =
      phase_ == phase::header || phase_ == phase::whole_body || (phase_ == phase::answering && stream_body_ && demand_);
  if (!wants) return false;
  switch (reader_.next()) {
  case request_reader::step::need_bytes:
    if (continue_due_) {
      continue_due_ = false;
      out_.next() += "HTTP/1.1 100 Continue\r\n\r\n";
      flush();
      if (phase_ == phase::closed) return false;
    }
    need_bytes();
    return false;
  case request_reader::step::head: return take_head();
  case request_reader::step::body: return take_body();
  case request_reader::step::end:
    if (phase_ == phase::whole_body) {
      call_handler();
      return true;
    }
    give_chunk({body_chunk::kind::end, {}});
    return true;
  case request_reader::step::over: close(); return false;
  case request_reader::step::failed:
    if (answer_ == answer_state::none)
      refuse(reader_.why().status, reader_.why().reason);
    else
      close();
    return false;
  }
  return false;
}

bool connection::take_head() {
  auto& core = worker_->core();
  auto& head = reader_.head();
  ++serial_;
  answer_ = answer_state::none;
  route_ = nullptr;
  own_answer_ = {};
  stream_body_ = chunked_answer_ = event_stream_ = false;
  head.peer = peer_;
  head_request_ = head.method == "HEAD";
  continue_due_ = reader_.expects_continue() && !reader_.ended();
  close_after_ = close_after_ || !reader_.keep_alive() || core.draining.load(std::memory_order_relaxed);

  if (!read_target(head)) {
    own_answer_ = error_response(400, "the target of the request is malformed");
  } else {
    const auto found = core.routes.find(head);
    route_ = found.at;
    if (found.status == 404) own_answer_ = error_response(404, "nothing is served at " + head.path);
    if (found.status == 405) {
      own_answer_ = error_response(405, head.method + " is not served at " + head.path);
      own_answer_.headers.add("Allow", found.allow);
    }
  }
  if (route_ == nullptr && continue_due_) return refuse(std::move(own_answer_)), false;
  if (route_ != nullptr && route_->streaming) {
    if (!hold(read_size)) return false;
    phase_ = phase::answering;
    stream_body_ = true;
    times_.wait_for_nothing();
    call_handler();
    return true;
  }
  const auto length = reader_.length().value_or(0);
  if (length > limits().body_bytes) {
    refuse(413, "the body is larger than " + std::to_string(limits().body_bytes) + " bytes");
    return false;
  }
  if (length > 0 && !hold(static_cast<std::size_t>(length))) return false;
  phase_ = phase::whole_body;
  if (!reader_.ended()) wait_for(waiting::body, limits().body_time);
  return true;
}

bool connection::take_body() {
  auto& body = reader_.body();
  if (phase_ == phase::whole_body) {
    if (body.size() > limits().body_bytes) {
      refuse(413, "the body is larger than " + std::to_string(limits().body_bytes) + " bytes");
      return false;
    }
    return body.size() <= held_ || hold(body.size() - held_);
  }
  body_chunk chunk{body_chunk::kind::data, std::move(body)};
  body.clear();
  give_chunk(std::move(chunk));
  return true;
}

void connection::give_chunk(body_chunk chunk) {
  times_.wait_for_nothing();
  if (demand_) std::exchange(demand_, {})(std::move(chunk));
}

bool connection::hold(std::size_t bytes) {
  auto& core = worker_->core();
  if (core.in_flight.fetch_add(bytes) + bytes > limits().in_flight_bytes) {
    core.in_flight.fetch_sub(bytes);
    refuse(503, "too much is in flight");
    return false;
  }
  held_ += bytes;
  return true;
}

void connection::release_held() { worker_->core().in_flight.fetch_sub(std::exchange(held_, 0)); }

void connection::call_handler() {
  times_.wait_for_nothing();
  phase_ = phase::answering;
  if (route_ == nullptr) return send_plain(own_answer_);
  const auto shared = make_exchange(worker_, weak_from_this(), serial_);
  const responder answer(shared);
  std::string why;
  try {
    if (route_->streaming) {
      route_->streaming(std::move(reader_.head()), body_reader(shared), answer);
    } else {
      reader_.head().body = std::move(reader_.body());
      route_->whole(std::move(reader_.head()), answer);
    }
    return;
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
    why = "an exception of unknown type";
  }
  logging::error("http", "a handler threw", logging::kv("server", worker_->core().options.name),
                 logging::kv("route", route_->method + " " + route_->pattern), logging::kv("error", why));
  answer.respond(error_response(500, "the server failed"));
}

} // namespace cloudflow::http
