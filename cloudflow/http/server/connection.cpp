#include "cloudflow/http/server/connection.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/http/sse.hpp"

#include <algorithm>
#include <atomic>

namespace cloudflow::http {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t read_size = std::size_t{16} << 10U;
constexpr std::size_t longest_pending = std::size_t{1} << 20U;
constexpr std::size_t longest_linger = std::size_t{4} << 20U;
constexpr auto linger_time = 2s;

/// The handles of one request reach their connection through this.
class server_exchange final : public exchange, public std::enable_shared_from_this<server_exchange> {
  std::shared_ptr<worker> worker_; // owners: see worker
  std::weak_ptr<connection> connection_;
  std::uint64_t serial_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> open_stream_{false};

  template <class F> void post(F&& f) {
    worker_->post([c = connection_, f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))] {
      if (auto alive = c.lock()) (*f)(*alive);
    });
  }
  template <class F> void with(F&& f) {
    if (worker_->here()) {
      if (auto c = connection_.lock()) f(*c);
      return;
    }
    post(std::forward<F>(f));
  }

public:
  server_exchange(std::shared_ptr<worker> w, std::weak_ptr<connection> c, std::uint64_t serial)
      : worker_(std::move(w))
      , connection_(std::move(c))
      , serial_(serial) {}

  void respond(response answer) override {
    answered_.store(true, std::memory_order_release);
    with([s = serial_, a = std::move(answer)](connection& c) mutable { c.respond(s, std::move(a)); });
  }
  void begin_stream(response head) override {
    open_stream_.store(true, std::memory_order_release);
    with([s = serial_, h = std::move(head)](connection& c) mutable { c.begin_stream(s, std::move(h)); });
  }
  void write(std::string data, std::function<void(bool)> written) override {
    // If the connection is gone, the callback says so: it must not be lost.
    auto told = std::shared_ptr<std::function<void(bool)>>(new std::function<void(bool)>(std::move(written)),
                                                           [](std::function<void(bool)>* f) {
                                                             const std::unique_ptr<std::function<void(bool)>> own(f);
                                                             if (*f) (*f)(false);
                                                           });
    with([s = serial_, d = std::move(data), told = std::move(told)](connection& c) mutable {
      c.write(s, std::move(d), std::exchange(*told, nullptr));
    });
  }
  void end_stream() override {
    open_stream_.store(false, std::memory_order_release);
    answered_.store(true, std::memory_order_release);
    with([s = serial_](connection& c) { c.end_stream(s); });
  }
  void read(chunk_callback next) override {
    auto told = std::shared_ptr<chunk_callback>(new chunk_callback(std::move(next)), [](chunk_callback* f) {
      const std::unique_ptr<chunk_callback> own(f);
      if (*f) (*f)({body_chunk::kind::failed, {}});
    });
    with([s = serial_, told = std::move(told)](connection& c) mutable { c.read(s, std::exchange(*told, nullptr)); });
  }
  void on_gone(std::function<void()> gone) override {
    with([s = serial_, g = std::move(gone)](connection& c) mutable { c.on_gone(s, std::move(g)); });
  }
  void forgotten() override {
    if (answered_.load(std::memory_order_acquire) && !open_stream_.load(std::memory_order_acquire)) return;
    // Behind what other threads have posted, also on the worker's own.
    post([s = serial_](connection& c) { c.forgotten(s); });
  }
};

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
  waits_ = what;
  deadline_ = what == waiting::nothing ? std::chrono::nanoseconds::max() : worker_->now() + at_most;
}

// Time
// ------------------------------------------------------------------------------------------------------------------

void connection::on_time() {
  const auto now = worker_->now();
  if (phase_ == phase::closed) return;
  if (now >= write_deadline_) return close();
  if (now >= heartbeat_) {
    heartbeat_ = now + limits().heartbeat;
    if (answer_ == answer_state::streaming && !writing_) {
      write(serial_, ":\n\n", {});
      if (phase_ == phase::closed) return;
    }
  }
  if (now < deadline_) return;
  switch (waits_) {
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
  deadline_ = write_deadline_ = heartbeat_ = std::chrono::nanoseconds::max();
  transport_->close();
  auto& core = worker_->core();
  core.counters.open.set(static_cast<double>(core.connections.fetch_sub(1) - 1));
  release_held();
  if (demand_) std::exchange(demand_, {})({body_chunk::kind::failed, {}});
  for (auto* list : {&out_done_, &pending_done_})
    for (auto& done : std::exchange(*list, {})) done(false);
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
    if (waits_ == waiting::silence) wait_for(waiting::silence, limits().silence_time);
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
      pending_ += "HTTP/1.1 100 Continue\r\n\r\n";
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
    wait_for(waiting::nothing, 0s);
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
  wait_for(waiting::nothing, 0s);
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
  wait_for(waiting::nothing, 0s);
  phase_ = phase::answering;
  if (route_ == nullptr) return send_plain(own_answer_);
  const auto shared = std::make_shared<server_exchange>(worker_, weak_from_this(), serial_);
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

// Answering
// -------------------------------------------------------------------------------------------------------------

void connection::refuse(int status, std::string_view reason) { refuse(error_response(status, reason)); }

// Answers in a handler's place, and closes: what is left of the request is not worth reading.
void connection::refuse(response answer) {
  auto& core = worker_->core();
  core.counters.refused(answer.status);
  if (answer.status == 503) answer.headers.set("Retry-After", std::to_string(limits().retry_after.count()));
  wait_for(waiting::nothing, 0s);
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
  const bool bodiless = r.status == 204 || r.status == 304 || r.status < 200;
  pending_ += "HTTP/1.1 ";
  pending_ += std::to_string(r.status);
  pending_ += ' ';
  pending_ += reason_phrase(r.status);
  pending_ += "\r\nDate: ";
  pending_ += worker_->date();
  for (const auto& h : r.headers) {
    if (h.name.find_first_of("\r\n:") != std::string::npos || h.value.find_first_of("\r\n") != std::string::npos)
      continue; // a header from user data must not forge others
    pending_ += "\r\n";
    pending_ += h.name;
    pending_ += ": ";
    pending_ += h.value;
  }
  chunked_answer_ = streaming && !reader_.old_version();
  if (chunked_answer_) {
    pending_ += "\r\nTransfer-Encoding: chunked";
  } else if (!streaming && !bodiless) {
    pending_ += "\r\nContent-Length: ";
    pending_ += std::to_string(r.body.size());
  }
  if (streaming && !chunked_answer_) close_after_ = true;
  // A body that nobody has read stands between this request and the next.
  if (!reader_.ended() && !streaming) close_after_ = true;
  if (close_after_)
    pending_ += "\r\nConnection: close";
  else if (reader_.old_version())
    pending_ += "\r\nConnection: keep-alive";
  pending_ += "\r\n\r\n";
}

void connection::send_plain(const response& r) {
  if (!over_limit_) worker_->core().counters.answered(r.status);
  answer_ = answer_state::complete;
  put_head(r, false);
  if (!head_request_) pending_ += r.body;
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
  if (event_stream_) heartbeat_ = worker_->now() + limits().heartbeat;
  put_head(head, true);
  if (!head.body.empty()) write(serial, std::move(head.body), {});
  flush();
}

void connection::write(std::uint64_t serial, std::string data, std::function<void(bool)> written) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::streaming) {
    if (written) written(false);
    return;
  }
  if (event_stream_) heartbeat_ = worker_->now() + limits().heartbeat;
  if (!data.empty() && !head_request_) {
    if (chunked_answer_) {
      static constexpr std::string_view digits = "0123456789abcdef";
      std::string size;
      for (auto n = data.size(); n > 0; n /= 16) size.insert(size.begin(), digits[n % 16]);
      pending_ += size;
      pending_ += "\r\n";
      pending_ += data;
      pending_ += "\r\n";
    } else {
      pending_ += data;
    }
  }
  if (written) pending_done_.push_back(std::move(written));
  if (pending_.size() > longest_pending + data.size()) {
    logging::warn("http", "a stream was cut off: its writer does not wait for its reader",
                  logging::kv("server", worker_->core().options.name), logging::kv("peer", peer_));
    return close();
  }
  flush();
}

void connection::end_stream(std::uint64_t serial) {
  if (serial != serial_ || phase_ != phase::answering || answer_ != answer_state::streaming) return;
  answer_ = answer_state::complete;
  heartbeat_ = std::chrono::nanoseconds::max();
  if (chunked_answer_ && !head_request_) pending_ += "0\r\n\r\n";
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
  if (writing_ || phase_ == phase::closed) return;
  if (pending_.empty()) {
    for (auto& done : std::exchange(pending_done_, {})) done(true);
    if (writing_ || !pending_.empty() || phase_ == phase::closed) return;
    if (answer_ == answer_state::complete) answer_complete();
    return;
  }
  out_.clear();
  std::swap(out_, pending_);
  std::swap(out_done_, pending_done_);
  sent_ = 0;
  writing_ = true;
  write_deadline_ = worker_->now() + limits().idle_time;
  transport_->write(out_, shared_from_this());
}

void connection::on_written(bool ok, std::size_t count) {
  if (phase_ == phase::closed) return;
  if (!ok) {
    writing_ = false;
    return close();
  }
  worker_->core().counters.sent.add(count);
  sent_ += count;
  if (sent_ < out_.size()) {
    write_deadline_ = worker_->now() + limits().idle_time;
    transport_->write(std::string_view(out_).substr(sent_), shared_from_this());
    return;
  }
  writing_ = false;
  write_deadline_ = std::chrono::nanoseconds::max();
  for (auto& done : std::exchange(out_done_, {})) done(true);
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
