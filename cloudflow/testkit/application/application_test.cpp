#include "cloudflow/testkit/application/application_test.hpp"

#include "cloudflow/engine/native/native_backend.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/testkit/application/internal/application_source.hpp"
#include "cloudflow/testkit/application/internal/failing_backend.hpp"
#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

#include <algorithm>

namespace cloudflow::testkit {

using internal::line_of;

struct application_test::parts {
  // In this order: an application stops before the runtime that gives its turns, and both before the log.
  metric_registry metrics;
  std::vector<std::string> lines;
  internal::application_source source;
  std::unique_ptr<log::memory_log> log;
  manual_runtime runtime;
  backend::registry backends;
  backend::application_plan plan;
  internal::failing_backend* injector = nullptr; // the application's
  std::unique_ptr<backend::application> running;

  explicit parts(std::uint64_t seed)
      : runtime(seed) {
    log = std::make_unique<log::memory_log>(runtime.clock(), log::memory_log_options{.metrics = &metrics});
    backends.add("native", [this] {
      auto engine = std::make_unique<engine::native_backend>(runtime);
      engine->add_classes(linked_streamlets());
      auto fragile = std::make_unique<internal::failing_backend>(std::move(engine));
      injector = fragile.get();
      return fragile;
    });
  }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts() { stop(); }

  void stop() {
    running.reset();
    injector = nullptr;
    runtime.settle(); // what was asked to stop does
  }
};

application_test::application_test(const std::filesystem::path& blueprint, std::uint64_t seed)
    : parts_(std::make_unique<parts>(seed)) {
  parts_->source = internal::application_source::from_file(blueprint);
}

application_test::application_test(std::string_view blueprint_text, std::uint64_t seed)
    : parts_(std::make_unique<parts>(seed)) {
  parts_->source = internal::application_source::from_text(blueprint_text);
}

application_test::~application_test() = default;

application_test& application_test::config(std::string key_value) {
  parts_->source.sources.key_values.push_back(std::move(key_value));
  return *this;
}

application_test& application_test::config_file(std::filesystem::path file) {
  parts_->source.sources.files.push_back(std::move(file));
  return *this;
}

void application_test::start() {
  auto& p = *parts_;
  if (p.running) throw expectation_failed("a second start(): restart() stops what runs first");
  p.plan = p.source.plan(p.backends.names());
  launch();
}

void application_test::launch() {
  auto& p = *parts_;
  backend::host_services host;
  host.log = p.log.get();
  host.metrics = &p.metrics;
  host.clock = &p.runtime.clock();
  host.console = [&lines = p.lines](std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      lines.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  auto running = backend::application::start(p.plan, p.backends, host, {});
  if (!running) throw expectation_failed("the application did not start: " + running.error().text());
  p.running = std::move(*running);
}

void application_test::started(const char* what) const {
  if (!parts_->running) throw expectation_failed(std::string(what) + " comes after start()");
}

void application_test::give_turns(std::size_t turns) {
  for (std::size_t given = 0; parts_->runtime.step(); ++given)
    if (given >= turns)
      throw expectation_failed("the application did not come to rest after " + std::to_string(turns) + " turns:\n" +
                               describe());
}

void application_test::run(std::size_t turns) {
  started("run()");
  give_turns(turns);
  parts_->running->tend(clock().steady_now());
  check_failures();
}

void application_test::advance(std::chrono::nanoseconds by) {
  run();
  // In small steps: what fails on the way is judged, and started again, at its own time.
  constexpr std::chrono::nanoseconds step = std::chrono::milliseconds(100);
  for (const auto until = clock().steady_now() + by; clock().steady_now() < until;) {
    const auto now = clock().steady_now();
    auto to = std::min(until, now + step);
    if (const auto due = parts_->running->next_due())
      to = std::min(to, std::max(*due, now + std::chrono::nanoseconds(1)));
    try {
      parts_->runtime.advance(to - now);
    } catch (const std::runtime_error& thrown) {
      throw expectation_failed(std::string(thrown.what()) + ":\n" + describe());
    }
    parts_->running->tend(to);
    run();
  }
}

void application_test::fail(std::string_view streamlet, std::string text) {
  started("fail()");
  allow_failure();
  const streamlet_name name{std::string(streamlet)};
  if (!parts_->injector || !parts_->injector->fail(name, {"injected failure", std::move(text), "application_test", ""}))
    throw expectation_failed("fail('" + name.value() + "'): it does not run; there is:\n" + describe());
  run();
}

void application_test::drain() {
  started("drain()");
  parts_->running->drain();
  run();
}

void application_test::restart() {
  started("restart()");
  parts_->stop();
  launch();
}

void application_test::check_failures() const {
  if (failure_allowed_) return;
  const auto all = status();
  if (std::none_of(all.begin(), all.end(), [](const auto& s) { return s.failures > 0; })) return;
  std::string text = "an instance failed (allow_failure() if that is expected):";
  for (const auto& each : all) text += line_of(each);
  throw expectation_failed(text);
}

bool application_test::over() const { return parts_->running && parts_->running->over(); }

std::vector<backend::instance_status> application_test::status() const {
  started("status()");
  return parts_->running->status();
}

void application_test::expect_all(backend::instance_phase wanted) const {
  std::string others;
  for (const auto& each : status())
    if (each.phase != wanted) others += line_of(each);
  if (!others.empty())
    throw expectation_failed("every instance was expected to be " + std::string(name_of(wanted)) + ", but:" + others +
                             "\n" + describe());
}

void application_test::expect_completed() const { expect_all(backend::instance_phase::completed); }
void application_test::expect_drained() const { expect_all(backend::instance_phase::drained); }

const std::vector<std::string>& application_test::console() const { return parts_->lines; }
log::topic_log& application_test::log() { return *parts_->log; }
metric_registry& application_test::metrics() { return parts_->metrics; }
manual_clock& application_test::clock() { return parts_->runtime.clock(); }

std::vector<bytes> application_test::values_of(std::string_view topic_id) {
  started("values_of()");
  return internal::values_in(*parts_->log, internal::topic_of(parts_->plan, topic_id));
}

std::vector<bytes> application_test::values_of_dead_letters(std::string_view port) {
  started("dead_letters_of()");
  return internal::values_in(*parts_->log, internal::dead_letters_of(parts_->plan, port));
}

std::string application_test::describe() const {
  if (!parts_->running) return {};
  std::string text;
  for (const auto& line : parts_->running->describe()) text += "  " + line + "\n";
  return text;
}

} // namespace cloudflow::testkit
