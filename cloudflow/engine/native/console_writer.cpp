#include "cloudflow/engine/native/console_writer.hpp"

#include <pthread.h>

namespace cloudflow::engine {

console_writer::console_writer(std::function<void(std::string_view)> write)
    : queue_(std::make_shared<queue>()) {
  queue_->write = std::move(write);
}

console_writer::~console_writer() {
  if (thread_.get_id() != std::this_thread::get_id()) return;
  thread_.request_stop();
  thread_.detach();
}

result<void> console_writer::write(std::string_view lines) {
  queue_->write(lines);
  return {};
}

void console_writer::write_later(std::string lines, done_callback done) {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->waiting.emplace_back(std::move(lines), std::move(done));
    if (!thread_.joinable()) {
      thread_ = std::jthread([q = queue_](const std::stop_token& stop) { q->work(stop); });
      pthread_setname_np(thread_.native_handle(), "cf-console");
    }
  }
  queue_->news.notify_one();
}

void console_writer::queue::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  for (;;) {
    news.wait(lock, stop, [&] { return !waiting.empty(); });
    if (waiting.empty()) return; // asked to stop, and all is written
    auto [lines, done] = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    write(lines);
    done({});
    done = nullptr;
    lock.lock();
  }
}

} // namespace cloudflow::engine
