#include "cloudflow/engine/native/dead_letter_sender.hpp"

namespace cloudflow::engine {

void dead_letter_sender::add(const port_name& inlet, std::vector<native::dead_letter> letters) {
  for (auto& letter : letters) waiting_.emplace_back(inlet, std::move(letter));
}

void dead_letter_sender::take(const task_set& tasks, stream::commit_id n) {
  tasks.for_each([&](native_task& t) {
    for (const auto& [inlet, box] : t.boxes()) add(inlet, box->take(n));
  });
}

void dead_letter_sender::take(const task_set& tasks) {
  tasks.for_each([&](native_task& t) {
    for (const auto& [inlet, box] : t.boxes()) add(inlet, box->take());
  });
}

result<bool> dead_letter_sender::send() {
  while (!waiting_.empty()) {
    const auto& [inlet, letter] = waiting_.front();
    auto& writer = writers_[inlet];
    const auto cannot = [&at = inlet](const error& why) {
      return unexpected(why.wrap("dead letters of inlet '" + at.value() + "' cannot be written"));
    };
    if (!writer) {
      auto opened = services_->open_dead_letters(inlet);
      if (!opened) return cannot(opened.error());
      writer = std::move(*opened);
    }
    const auto record = letter.outgoing();
    ++flight_->unacknowledged;
    const auto done = [flight = flight_, weak = std::weak_ptr(services_)](const auto& how) {
      if (!how) flight->failed.store(true);
      --flight->unacknowledged;
      if (const auto services = weak.lock()) services->wake_loop();
    };
    if (auto sent = writer->send({&record, 1}, done); !sent) {
      --flight_->unacknowledged;
      if (!sent.error().retriable) return cannot(sent.error());
      services_->log_is_full();
      return false;
    }
    waiting_.pop_front();
  }
  return true;
}

result<bool> dead_letter_sender::settled() const {
  if (flight_->failed.load()) return system_error(errc::unavailable, "dead letters did not reach the log");
  return waiting_.empty() && flight_->unacknowledged.load() == 0;
}

} // namespace cloudflow::engine
