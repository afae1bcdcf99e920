#include "cloudflow/engine/native/native_backend.hpp"

#include "cloudflow/engine/native/halves.hpp"
#include "cloudflow/engine/native/instance_loop.hpp"
#include "cloudflow/stream/run/pool.hpp"

namespace cloudflow::engine {

namespace {

class native_execution final : public backend::execution {
  std::shared_ptr<instance_loop> loop_; // owners: this, the executor while a turn is due
  bool waits_;

public:
  native_execution(std::shared_ptr<instance_loop> loop, bool waits)
      : loop_(std::move(loop))
      , waits_(waits) {}
  native_execution(const native_execution&) = delete;
  native_execution& operator=(const native_execution&) = delete;
  ~native_execution() override {
    loop_->abort();
    if (waits_) loop_->wait_until_over();
    loop_->status().forget_listener();
  }
  backend::instance_phase phase() const override { return loop_->status().phase(); }
  std::optional<backend::failure_report> failure() const override { return loop_->status().failure(); }
  void drain() override { loop_->drain(); }
  void abort() override { loop_->abort(); }
  std::vector<std::string> describe() const override { return loop_->describe(); }
};

} // namespace

native_backend::native_backend()
    : own_runtime_(std::make_unique<stream::pool_runtime>())
    , runtime_(own_runtime_.get()) {}
native_backend::native_backend(stream::runtime& runtime)
    : runtime_(&runtime) {}
native_backend::~native_backend() {
  own_runtime_.reset(); // first: turns use the rest
}

streamlet::delivery native_backend::delivery_on(const log::topic_log& log) const {
  return log.capabilities().transactions ? streamlet::delivery::exactly_once : streamlet::delivery::at_least_once;
}

void native_backend::add_classes(std::span<const streamlet::module_entry* const> classes) {
  linked_.insert(linked_.end(), classes.begin(), classes.end());
}

const streamlet::module_entry* native_backend::find(const backend::instance& what) const {
  if (!what.module.empty()) {
    const auto module = modules_.find(what.module.string());
    return module == modules_.end() ? nullptr : module->second.find(what.settings.class_name);
  }
  for (const auto* entry : linked_)
    if (entry->class_name == what.settings.class_name) return entry;
  return nullptr;
}

result<void> native_backend::prepare(std::span<const backend::instance> instances, const backend::host_services& host) {
  host_ = host;
  for (const auto& i : instances) {
    const auto path = i.module.string();
    if (path.empty() || modules_.contains(path)) continue;
    auto module = streamlet::module_library::open(i.module);
    if (!module) return unexpected(module.error());
    modules_.emplace(path, std::move(*module));
  }
  return {};
}

result<std::unique_ptr<backend::execution>> native_backend::start(const backend::instance& what,
                                                                  backend::phase_listener on_phase) {
  const auto* entry = find(what);
  if (!entry)
    return user_error(errc::not_found, "class '" + what.settings.class_name + "' is not in " +
                                           (what.module.empty() ? "this program" : what.module.string()));
  const auto open = [&](const backend::instance& of,
                        backend::phase_listener tell) -> result<std::unique_ptr<backend::execution>> {
    std::unique_ptr<streamlet::streamlet_base> code;
    try {
      code = entry->make();
    } catch (...) {
      return user_error(errc::user_code, "the constructor of '" + what.settings.class_name +
                                             "' threw: " + stream::describe_exception("constructor").text);
    }
    auto loop = std::make_shared<instance_loop>(of, std::move(code), *runtime_, host_, std::move(tell));
    if (auto done = loop->open(); !done) return unexpected(done.error());
    return std::unique_ptr<backend::execution>(
        std::make_unique<native_execution>(std::move(loop), own_runtime_ != nullptr));
  };
  if (what.descriptor.repartitions.empty()) return open(what, std::move(on_phase));
  return start_halves(what, *host_.log, open, std::move(on_phase));
}

backend::workload native_backend::workload_of(const backend::instance& what) const {
  backend::workload w;
  for (const auto& a : what.descriptor.attributes)
    if (a.attribute_name == "server") w.ports.push_back({"server", 3000});
  return w;
}

} // namespace cloudflow::engine
