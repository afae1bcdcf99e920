#include "cloudflow/http/server/server_exchange.hpp"

#include "cloudflow/http/server/connection.hpp"

#include <atomic>
#include <type_traits>
#include <utility>

namespace cloudflow::http {

namespace {

class server_exchange final : public exchange {
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

std::shared_ptr<exchange> make_exchange(std::shared_ptr<worker> w, std::weak_ptr<connection> c, std::uint64_t serial) {
  return std::make_shared<server_exchange>(std::move(w), std::move(c), serial);
}

} // namespace cloudflow::http
