#include "cloudflow/testkit/application/internal/failing_backend.hpp"

namespace cloudflow::testkit::internal {

using backend::instance_phase;

class failing_backend::fragile_execution final : public backend::execution {
  failing_backend& owner_;
  streamlet_name name_;
  std::unique_ptr<backend::execution> inner_;
  backend::phase_listener on_phase_;
  std::optional<backend::failure_report> injected_;

public:
  fragile_execution(failing_backend& owner, streamlet_name name, std::unique_ptr<backend::execution> inner,
                    backend::phase_listener on_phase)
      : owner_(owner)
      , name_(std::move(name))
      , inner_(std::move(inner))
      , on_phase_(std::move(on_phase)) {
    owner_.running_[name_] = this;
  }
  fragile_execution(const fragile_execution&) = delete;
  fragile_execution& operator=(const fragile_execution&) = delete;
  ~fragile_execution() override {
    if (const auto at = owner_.running_.find(name_); at != owner_.running_.end() && at->second == this)
      owner_.running_.erase(at);
  }

  bool fail(backend::failure_report why) {
    const auto now = inner_->phase();
    if (injected_ || (now != instance_phase::starting && now != instance_phase::ready)) return false;
    injected_ = std::move(why);
    inner_->abort();
    if (on_phase_) on_phase_(name_, instance_phase::failed);
    return true;
  }
  [[nodiscard]] instance_phase phase() const override { return injected_ ? instance_phase::failed : inner_->phase(); }
  [[nodiscard]] std::optional<backend::failure_report> failure() const override {
    return injected_ ? injected_ : inner_->failure();
  }
  void drain() override { inner_->drain(); }
  void abort() override { inner_->abort(); }
  [[nodiscard]] std::vector<std::string> describe() const override { return inner_->describe(); }
};

bool failing_backend::fail(const streamlet_name& name, backend::failure_report why) {
  const auto at = running_.find(name);
  return at != running_.end() && at->second->fail(std::move(why));
}

result<std::unique_ptr<backend::execution>> failing_backend::start(const backend::instance& what,
                                                                   backend::phase_listener on_phase) {
  auto inner = inner_->start(what, on_phase);
  if (!inner) return unexpected(inner.error());
  return std::unique_ptr<backend::execution>(
      std::make_unique<fragile_execution>(*this, what.settings.name, std::move(*inner), std::move(on_phase)));
}

} // namespace cloudflow::testkit::internal
