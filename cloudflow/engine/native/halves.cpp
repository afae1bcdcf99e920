#include "cloudflow/engine/native/halves.hpp"

#include "cloudflow/base/logging.hpp"

#include <algorithm>
#include <mutex>

namespace cloudflow::engine {

namespace {

using backend::instance_phase;

bool is_final(instance_phase phase) {
  return phase == instance_phase::completed || phase == instance_phase::drained || phase == instance_phase::failed;
}

// What the phases of all halves come to.
instance_phase joint_phase(const std::vector<instance_phase>& of) {
  const auto all = [&](auto&& p) { return std::all_of(of.begin(), of.end(), p); };
  const auto is = [](instance_phase wanted) { return [wanted](instance_phase p) { return p == wanted; }; };
  const bool failed = std::any_of(of.begin(), of.end(), is(instance_phase::failed));
  if (failed && all(is_final)) return instance_phase::failed;
  if (all(is(instance_phase::completed))) return instance_phase::completed;
  if (all(is_final)) return instance_phase::drained;
  if (all([](instance_phase p) { return p != instance_phase::starting; })) return instance_phase::ready;
  return instance_phase::starting;
}

/// The halves of one instance. Thread-safe.
class halves final : public backend::execution {
  // What halves tell on any thread. Owners: this and the listeners of the halves.
  struct joint {
    std::mutex mutex;
    std::vector<instance_phase> phases;
    instance_phase told = instance_phase::starting;
    std::optional<std::size_t> failed; // the first that did
    std::function<void()> complete;    // what is done in front of telling that all completed
    std::function<void(instance_phase)> tell;
    std::vector<backend::execution*> running; // while they live

    void note(std::size_t half, instance_phase phase);
  };
  std::shared_ptr<joint> joint_ = std::make_shared<joint>();
  std::vector<std::unique_ptr<backend::execution>> halves_;

public:
  halves(std::size_t count, std::function<void()> complete, std::function<void(instance_phase)> tell) {
    joint_->phases.assign(count, instance_phase::starting);
    joint_->complete = std::move(complete);
    joint_->tell = std::move(tell);
  }
  halves(const halves&) = delete;
  halves& operator=(const halves&) = delete;
  ~halves() override {
    abort();
    {
      const std::lock_guard lock(joint_->mutex);
      joint_->running.clear();
      joint_->tell = nullptr;
    }
    halves_.clear();
  }
  [[nodiscard]] backend::phase_listener listener(std::size_t half) {
    return [all = joint_, half](const streamlet_name&, instance_phase phase) { all->note(half, phase); };
  }
  void add(std::unique_ptr<backend::execution> half) {
    {
      const std::lock_guard lock(joint_->mutex);
      joint_->running.push_back(half.get());
      if (joint_->failed) half->abort(); // another was quick to fail
    }
    halves_.push_back(std::move(half));
  }

  instance_phase phase() const override {
    const std::lock_guard lock(joint_->mutex);
    return joint_->told;
  }
  std::optional<backend::failure_report> failure() const override {
    const std::lock_guard lock(joint_->mutex);
    return joint_->failed && *joint_->failed < halves_.size() ? halves_[*joint_->failed]->failure() : std::nullopt;
  }
  void drain() override {
    for (const auto& half : halves_) half->drain();
  }
  void abort() override {
    for (const auto& half : halves_) half->abort();
  }
  std::vector<std::string> describe() const override {
    std::vector<std::string> lines;
    for (const auto& half : halves_)
      for (auto& line : half->describe()) lines.push_back(std::move(line));
    return lines;
  }
};

void halves::joint::note(std::size_t half, instance_phase phase) {
  std::function<void(instance_phase)> telling;
  instance_phase now{};
  {
    const std::lock_guard lock(mutex);
    phases[half] = phase;
    if (phase == instance_phase::failed && !failed) {
      failed = half;
      for (std::size_t i = 0; i < running.size(); ++i)
        if (i != half) running[i]->abort(); // a request, obeyed in a turn of its own
    }
    now = joint_phase(phases);
    if (now == told) return;
  }
  if (now == instance_phase::completed) complete(); // by the half that is the last to complete
  {
    const std::lock_guard lock(mutex);
    told = now;
    telling = tell;
  }
  if (telling) telling(now);
}

// The parts of an instance: first what reads its inlets.
std::vector<backend::instance> cut(const backend::instance& what) {
  std::vector<backend::instance> out;
  out.reserve(1 + what.descriptor.repartitions.size()); // `first` stays where it is
  auto& first = out.emplace_back(what);
  first.descriptor.outlets.clear(); // any half may write to them: they are completed when all have
  for (const auto& way : what.descriptor.repartitions) {
    auto& half = out.emplace_back(first);
    half.half = way.name;
    half.downstream.clear();
    half.descriptor.co_partitioned.clear();
    half.descriptor.attributes.clear();
    half.descriptor.inlets = {{way.name, way.schema, "fail", false, {}, way.key}};
  }
  return out;
}

} // namespace

void complete_writing(log::topic_log& log, const streamlet::instance_settings& settings, const port_name& port) {
  const auto& topic = settings.ports.at(port).topic;
  if (auto done = log.complete_writer(topic, backend::writer_name(settings));
      !done && done.error().code != errc::unsupported)
    logging::warn("native", "a topic could not be closed", logging::kv("topic", topic.value()),
                  logging::kv("error", done.error().text()));
}

result<std::unique_ptr<backend::execution>> start_halves(
    const backend::instance& what, log::topic_log& log,
    const std::function<result<std::unique_ptr<backend::execution>>(const backend::instance&, backend::phase_listener)>&
        open,
    backend::phase_listener on_phase) {
  const auto parts = cut(what);
  auto complete = [settings = what.settings, outlets = what.descriptor.outlets, &log] {
    for (const auto& outlet : outlets) complete_writing(log, settings, outlet.name);
  };
  auto tell = [name = what.settings.name, on_phase = std::move(on_phase)](instance_phase phase) {
    if (on_phase) on_phase(name, phase);
  };
  auto all = std::make_unique<halves>(parts.size(), std::move(complete), std::move(tell));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto half = open(parts[i], all->listener(i));
    if (!half) return unexpected(half.error());
    all->add(std::move(*half));
  }
  return std::unique_ptr<backend::execution>(std::move(all));
}

} // namespace cloudflow::engine
