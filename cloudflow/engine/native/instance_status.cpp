#include "cloudflow/engine/native/instance_status.hpp"

#include "cloudflow/base/logging.hpp"

namespace cloudflow::engine {

using backend::instance_phase;

instance_phase instance_status::phase() const {
  const std::lock_guard lock(mutex_);
  return phase_;
}

std::optional<backend::failure_report> instance_status::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool instance_status::is_final() const {
  const auto now = phase();
  return now == instance_phase::completed || now == instance_phase::drained || now == instance_phase::failed;
}

void instance_status::note_failure(backend::failure_report why) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(why);
}

void instance_status::enter(instance_phase phase) {
  backend::phase_listener tell;
  std::optional<backend::failure_report> why;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase || phase_ == instance_phase::failed) return;
    phase_ = phase;
    tell = listener_;
    if (phase == instance_phase::failed) why = failure_;
  }
  const auto logger = "streamlet." + name_.value();
  if (why)
    logging::error(logger, "failed", logging::kv("type", why->type), logging::kv("what", why->text),
                   logging::kv("where", why->op), logging::kv("record", why->position));
  else
    logging::info(logger, backend::name_of(phase), logging::kv("class", class_name_));
  if (tell) tell(name_, phase);
}

void instance_status::set_over() {
  // Told under the lock: who waits may destroy this as soon as the lock is free.
  const std::lock_guard lock(mutex_);
  over_ = true;
  ended_.notify_all();
}

void instance_status::wait_until_over() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return over_; });
}

void instance_status::forget_listener() {
  const std::lock_guard lock(mutex_);
  listener_ = nullptr;
}

} // namespace cloudflow::engine
