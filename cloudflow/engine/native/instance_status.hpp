#pragma once

#include "cloudflow/backend/backend.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

namespace cloudflow::engine {

/// What is known outside of one instance: its phase, why it failed, whether it is over. Thread-safe.
class instance_status {
  const streamlet_name name_;
  const std::string class_name_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  backend::phase_listener listener_;
  backend::instance_phase phase_ = backend::instance_phase::starting;
  std::optional<backend::failure_report> failure_;
  bool over_ = false;

public:
  instance_status(const streamlet::instance_settings& settings, backend::phase_listener listener)
      : name_(settings.name)
      , class_name_(settings.class_name)
      , listener_(std::move(listener)) {}

  [[nodiscard]] backend::instance_phase phase() const;
  [[nodiscard]] std::optional<backend::failure_report> failure() const;
  /// Completed, drained or failed: nothing follows.
  [[nodiscard]] bool is_final() const;

  /// Remembers the first failure; `enter(failed)` tells it.
  void note_failure(backend::failure_report why);
  /// Logs the phase and tells the listener, unless it is the present one; `failed` is final.
  void enter(backend::instance_phase phase);
  /// The last phase was told.
  void set_over();
  void wait_until_over();
  /// The listener is called no more.
  void forget_listener();
};

} // namespace cloudflow::engine
