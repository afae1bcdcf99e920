#pragma once

#include <chrono>
#include <optional>

namespace cloudflow::sandbox {

/// What ended a wait.
enum class wake_reason { change, interrupt, terminate, enter, time };

/// The main thread's bed: woken by a change of the application, a signal, ENTER or a time. `notify` is thread-safe, the
/// rest belongs to the main thread.
class waiting_room {
  int event_ = -1;
  int signals_ = -1;
  bool stdin_ = false;

public:
  explicit waiting_room(bool enter_wakes);
  waiting_room(const waiting_room&) = delete;
  waiting_room& operator=(const waiting_room&) = delete;
  ~waiting_room();

  void notify() const;
  wake_reason wait(std::optional<std::chrono::nanoseconds> at_most);
};

} // namespace cloudflow::sandbox
