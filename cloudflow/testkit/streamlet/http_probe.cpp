#include "cloudflow/testkit/streamlet/http_probe.hpp"

#include "cloudflow/testkit/stream/probe.hpp"
#include "cloudflow/testkit/streamlet/internal/http_core.hpp"

namespace cloudflow::testkit {

namespace detail {

void http_call::respond(http::response a) {
  if (answer || hung_up) return;
  answer = std::move(a);
  ended = true;
}

void http_call::begin_stream(http::response head) {
  if (answer || hung_up) return;
  answer = std::move(head);
  streaming = true;
}

void http_call::write(std::string data, std::function<void(bool)> written) {
  const bool open = streaming && !ended && !hung_up;
  if (open) answer->body += data;
  if (written) written(open);
}

void http_call::end_stream() { ended = ended || streaming; }

void http_call::read(http::chunk_callback next) {
  if (hung_up) return next({http::body_chunk::kind::failed, {}});
  if (pieces.empty()) return next({http::body_chunk::kind::end, {}});
  auto piece = std::move(pieces.front());
  pieces.pop_front();
  next({http::body_chunk::kind::data, std::move(piece)});
}

void http_call::on_gone(std::function<void()> call) {
  if (hung_up) return call();
  gone = std::move(call);
}

void http_call::forgotten() {
  if (!answer) respond(http::error_response(500, "no answer was given"));
  ended = true;
}

namespace {

class socketless final : public http::running_server {
  std::uint16_t port_;

public:
  explicit socketless(std::uint16_t port)
      : port_(port) {}
  std::uint16_t port() const override { return port_; }
  void drain(std::chrono::milliseconds, std::function<void()> done) override { done(); }
};

} // namespace

result<std::unique_ptr<http::running_server>> http_core::listen(http::route_table table, http::server_options given) {
  routes = std::move(table);
  options = std::move(given);
  return std::unique_ptr<http::running_server>(std::make_unique<socketless>(options.port));
}

} // namespace detail

bool http_answer::there() const { return call_->answer.has_value(); }
int http_answer::status() const { return there() ? call_->answer->status : 0; }
const std::string& http_answer::body() const {
  static const std::string none;
  return there() ? call_->answer->body : none;
}
std::string http_answer::header(std::string_view name) const {
  const auto* value = there() ? call_->answer->headers.find(name) : nullptr;
  return value == nullptr ? std::string() : *value;
}
bool http_answer::ended() const { return call_->ended; }
void http_answer::hang_up() {
  call_->hung_up = true;
  if (call_->gone) std::exchange(call_->gone, {})();
}

http_answer http_probe::send(std::string method, std::string target, std::string body, http::header_list headers) {
  std::vector<std::string> pieces;
  if (!body.empty()) pieces.push_back(std::move(body));
  return send_pieces(std::move(method), std::move(target), std::move(pieces), std::move(headers));
}

http_answer http_probe::send_pieces(std::string method, std::string target, std::vector<std::string> pieces,
                                    http::header_list headers) {
  if (!core_->routes) throw expectation_failed("nothing is served: start() a streamlet that serves HTTP first");
  http::request r;
  r.method = std::move(method);
  r.target = std::move(target);
  r.headers = std::move(headers);
  r.peer = "127.0.0.1:50000";
  const auto call = std::make_shared<detail::http_call>();
  const http_answer answer(call);
  if (!http::read_target(r)) return call->respond(http::error_response(400, "the target is malformed")), answer;
  const auto found = core_->routes->find(r);
  if (found.at == nullptr) {
    auto refused = http::error_response(found.status, "no route");
    if (!found.allow.empty()) refused.headers.add("Allow", found.allow);
    call->respond(std::move(refused));
  } else if (found.at->streaming) {
    call->pieces.assign(pieces.begin(), pieces.end());
    found.at->streaming(std::move(r), http::body_reader(call), http::responder(call));
  } else {
    for (const auto& piece : pieces) r.body += piece;
    found.at->whole(std::move(r), http::responder(call));
  }
  return answer;
}

} // namespace cloudflow::testkit
