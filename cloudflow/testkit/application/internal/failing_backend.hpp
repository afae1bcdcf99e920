#pragma once

#include "cloudflow/backend/backend.hpp"

#include <map>
#include <memory>
#include <string_view>

namespace cloudflow::testkit::internal {

/// A backend whose instances fail when the test says so; else the one that it stands before. Confined to the test's
/// thread.
class failing_backend final : public backend::backend_port {
  class fragile_execution;
  std::unique_ptr<backend::backend_port> inner_;
  std::map<streamlet_name, fragile_execution*> running_; // they take themselves out

public:
  explicit failing_backend(std::unique_ptr<backend::backend_port> inner)
      : inner_(std::move(inner)) {}

  /// The instance stops where it is and has failed; false if it does not run.
  bool fail(const streamlet_name& name, backend::failure_report why);

  [[nodiscard]] std::string_view name() const override { return inner_->name(); }
  [[nodiscard]] streamlet::delivery delivery_on(const log::topic_log& log) const override {
    return inner_->delivery_on(log);
  }
  result<void> prepare(std::span<const backend::instance> instances, const backend::host_services& host) override {
    return inner_->prepare(instances, host);
  }
  result<std::unique_ptr<backend::execution>> start(const backend::instance& what,
                                                    backend::phase_listener on_phase) override;
  [[nodiscard]] backend::workload workload_of(const backend::instance& what) const override {
    return inner_->workload_of(what);
  }
};

} // namespace cloudflow::testkit::internal
