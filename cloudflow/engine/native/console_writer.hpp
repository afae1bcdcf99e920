#pragma once

#include "cloudflow/native/waiting_output.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace cloudflow::engine {

/// The host's console, written to by a thread of its own, so that one that nobody reads keeps no island waiting. The
/// thread starts with the first lines; bounded by its writers, who wait for their lines. Destroying it writes what was
/// taken. Thread-safe.
class console_writer final : public native::waiting_output {
  using done_callback = std::function<void(const result<void>&)>;

  /// Owners: the writer and its thread, in which a callback may let go of the writer.
  struct queue {
    std::function<void(std::string_view)> write;
    std::mutex mutex;
    std::condition_variable_any news;
    std::deque<std::pair<std::string, done_callback>> waiting;
    void work(const std::stop_token& stop);
  };
  std::shared_ptr<queue> queue_;
  std::jthread thread_; // last: it ends first

public:
  explicit console_writer(std::function<void(std::string_view)> write);
  console_writer(const console_writer&) = delete;
  console_writer& operator=(const console_writer&) = delete;
  ~console_writer() override;

  result<void> write(std::string_view lines) override;
  void write_later(std::string lines, done_callback done) override;
};

} // namespace cloudflow::engine
