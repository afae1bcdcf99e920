#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

#include "cloudflow/base/suggest.hpp"
#include "cloudflow/testkit/stream/probe.hpp"
#include "cloudflow/testkit/streamlet/internal/test_services.hpp"

#include <algorithm>

extern "C" {
// The streamlets of the program that this is linked into; made by the linker, null if there are none.
extern const cloudflow::streamlet::module_entry* const __start_cloudflow_streamlets[]
    __attribute__((weak, visibility("hidden")));
extern const cloudflow::streamlet::module_entry* const __stop_cloudflow_streamlets[]
    __attribute__((weak, visibility("hidden")));
}

namespace cloudflow::testkit {

std::span<const streamlet::module_entry* const> linked_streamlets() {
  return {__start_cloudflow_streamlets, __stop_cloudflow_streamlets};
}

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

// "there is no inlet 'im'; the inlets are 'in'. Did you mean 'in'?"
[[noreturn]] void unknown(const std::string& what, std::string_view name, const std::vector<std::string>& known) {
  std::string text = "there is no " + what + " '" + std::string(name) + "'";
  text += known.empty() ? "; it has none" : "; known: " + joined(known);
  if (const auto meant = nearest(name, known)) text += ". Did you mean '" + *meant + "'?";
  throw expectation_failed(text);
}

template <class List, class Name> std::vector<std::string> names_of(const List& list, Name name) {
  std::vector<std::string> out;
  for (const auto& each : list) out.push_back(name(each));
  return out;
}

std::unique_ptr<native::streamlet> make_by_name(std::string_view class_name) {
  std::vector<std::string> known;
  for (const auto* entry : linked_streamlets()) {
    known.emplace_back(entry->class_name);
    if (entry->class_name != class_name) continue;
    auto made = entry->make();
    auto* code = dynamic_cast<native::streamlet*>(made.get());
    if (code == nullptr)
      throw expectation_failed("'" + known.back() + "' is a streamlet of backend '" + std::string(made->runtime()) +
                               "'; streamlet_test runs native ones");
    (void)made.release(); // the same object under its derived type
    return std::unique_ptr<native::streamlet>(code);
  }
  unknown("streamlet class", class_name, known);
}

void same_schema(const std::string& port, const streamlet::schema_descriptor& has,
                 const streamlet::schema_descriptor& asked) {
  if (has.format == asked.format && has.name == asked.name && has.fingerprint == asked.fingerprint) return;
  auto text = port + " has records of '" + has.name + "', the test uses '" + asked.name + "'";
  if (has.name == asked.name) text += " of another schema (" + asked.fingerprint + ", not " + has.fingerprint + ")";
  throw expectation_failed(text);
}

} // namespace

struct streamlet_rig::parts {
  std::string class_name;
  std::unique_ptr<native::streamlet> code;
  streamlet::streamlet_descriptor descriptor;
  streamlet::instance_settings settings;
  std::unique_ptr<native::context> context; // outlives the graph
  // Last of those that the graph uses: its destructor stops what still runs.
  manual_runtime runtime;
  std::shared_ptr<internal::test_services> services; // owners: this and the graph's ports
  std::vector<port_name> tapped, probed;
  stream::running graph;
  bool started = false;

  parts(std::string name, std::unique_ptr<native::streamlet> made, std::uint64_t seed)
      : class_name(std::move(name))
      , code(std::move(made))
      , descriptor(streamlet::describe(class_name, *code))
      , runtime(seed)
      , services(std::make_shared<internal::test_services>(runtime.clock(), !descriptor.inlets.empty())) {}
};

void streamlet_rig::hand::set_wall(timestamp at) { rig_->parts_->runtime.clock().set_wall(at); }
timestamp streamlet_rig::hand::now() const { return rig_->parts_->runtime.clock().wall_now(); }

streamlet_rig::streamlet_rig(std::unique_ptr<native::streamlet> code, std::string class_name, std::uint64_t seed)
    : parts_(std::make_unique<parts>(std::move(class_name), std::move(code), seed)) {
  auto& p = *parts_;
  p.services->note = [this] {
    const auto why = failure();
    return why ? "\n  the streamlet failed: " + why->message() : std::string();
  };
  p.settings.app_id = "test";
  p.settings.app_version = "0";
  p.settings.name = streamlet_name("streamlet-under-test");
  p.settings.class_name = p.class_name;
  p.settings.local = true;
  auto bind = [&](const port_name& port) -> streamlet::port_binding& {
    auto& binding = p.settings.ports[port];
    binding.id = topic_id(port.value());
    binding.topic = topic_name(port.value());
    return binding;
  };
  for (const auto& inlet : p.descriptor.inlets) {
    auto& binding = bind(inlet.name);
    binding.group = group_name("test." + inlet.name.value());
    binding.unique_group = inlet.unique_group;
    binding.first_of_group = inlet.name.value();
    p.services->add_inlet(inlet.name);
  }
  for (const auto& outlet : p.descriptor.outlets) {
    bind(outlet.name);
    p.services->add_outlet(outlet.name);
  }
  for (const auto& way : p.descriptor.repartitions) {
    bind(way.name).group = group_name("test." + way.name.value());
    p.services->add_repartition(way.name);
  }
}

streamlet_rig::streamlet_rig(std::string_view class_name, std::uint64_t seed)
    : streamlet_rig(make_by_name(class_name), std::string(class_name), seed) {}

streamlet_rig::~streamlet_rig() {
  for (const auto& [name, probe] : parts_->services->probes) probe->forget();
}

void streamlet_rig::before_start(const char* what) const {
  if (parts_->started) throw expectation_failed(std::string(what) + " comes before start()");
}

void streamlet_rig::after_start(const char* what) const {
  if (!parts_->started) throw expectation_failed(std::string(what) + " comes after start()");
}

std::shared_ptr<detail::tap_core> streamlet_rig::tap_of(std::string_view inlet,
                                                        const streamlet::schema_descriptor& schema) {
  before_start("tap()");
  auto& p = *parts_;
  const port_name name{std::string(inlet)};
  const auto* found = p.descriptor.find_inlet(name);
  if (found == nullptr)
    unknown("inlet of '" + p.class_name + "' called", inlet,
            names_of(p.descriptor.inlets, [](const auto& port) { return port.name.value(); }));
  if (std::find(p.tapped.begin(), p.tapped.end(), name) != p.tapped.end())
    throw expectation_failed("inlet '" + name.value() + "' has a tap already");
  same_schema("inlet '" + name.value() + "' of '" + p.class_name + "'", found->schema, schema);
  p.tapped.push_back(name);
  (void)p.services->taps.at(name)->feed();
  return p.services->taps.at(name);
}

std::shared_ptr<detail::probe_core>
streamlet_rig::probe_of(std::string_view outlet, const streamlet::schema_descriptor& schema, std::size_t bound) {
  before_start("probe()");
  auto& p = *parts_;
  const port_name name{std::string(outlet)};
  const auto* found = p.descriptor.find_outlet(name);
  if (found == nullptr)
    unknown("outlet of '" + p.class_name + "' called", outlet,
            names_of(p.descriptor.outlets, [](const auto& port) { return port.name.value(); }));
  if (std::find(p.probed.begin(), p.probed.end(), name) != p.probed.end())
    throw expectation_failed("outlet '" + name.value() + "' has a probe already");
  same_schema("outlet '" + name.value() + "' of '" + p.class_name + "'", found->schema, schema);
  p.probed.push_back(name);
  p.services->probes.at(name)->watch(bound);
  return p.services->probes.at(name);
}

streamlet_rig& streamlet_rig::config(std::string_view key, std::string_view text) {
  before_start("config()");
  auto& p = *parts_;
  const auto known = names_of(p.descriptor.config_parameters, [](const auto& each) { return each.key; });
  if (std::find(known.begin(), known.end(), key) == known.end())
    unknown("config parameter of '" + p.class_name + "' called", key, known);
  if (p.settings.parameters.get(key))
    throw expectation_failed("config parameter '" + std::string(key) + "' has a value already");
  p.settings.parameters =
      p.settings.parameters.with({std::string(key)}, config::value::of(text, origin::of("the test's config()")));
  return *this;
}

streamlet_rig& streamlet_rig::mount(std::string_view name, std::filesystem::path folder) {
  before_start("mount()");
  auto& p = *parts_;
  const auto known = names_of(p.descriptor.volume_mounts, [](const auto& each) { return each.name; });
  if (std::find(known.begin(), known.end(), name) == known.end())
    unknown("volume mount of '" + p.class_name + "' called", name, known);
  if (!std::filesystem::is_directory(folder))
    throw expectation_failed("volume mount '" + std::string(name) + "': " + folder.string() + " is no folder");
  if (!p.settings.mounts.emplace(std::string(name), std::move(folder)).second)
    throw expectation_failed("volume mount '" + std::string(name) + "' has a folder already");
  return *this;
}

port_name streamlet_rig::known_inlet(std::string_view inlet) const {
  const auto& p = *parts_;
  port_name name{std::string(inlet)};
  if (p.descriptor.find_inlet(name) == nullptr)
    unknown("inlet of '" + p.class_name + "' called", inlet,
            names_of(p.descriptor.inlets, [](const auto& port) { return port.name.value(); }));
  return name;
}

streamlet_rig& streamlet_rig::on_error(std::string_view inlet, streamlet::error_policy policy) {
  before_start("on_error()");
  parts_->settings.ports.at(known_inlet(inlet)).on_error = policy;
  return *this;
}

streamlet_rig& streamlet_rig::retries(std::string_view inlet, std::int32_t further) {
  before_start("retries()");
  parts_->settings.ports.at(known_inlet(inlet)).retries = further;
  return *this;
}

const std::vector<native::dead_letter>& streamlet_rig::dead_letters(std::string_view inlet) const {
  return parts_->services->dead_letters_of(known_inlet(inlet));
}

streamlet_rig& streamlet_rig::know_schema(const schema::schema_definition& definition) {
  (void)parts_->services->publish_schema(definition);
  return *this;
}

void streamlet_rig::check_settings() {
  auto& p = *parts_;
  std::string missing;
  for (const auto& each : p.descriptor.config_parameters) {
    if (p.settings.parameters.get(each.key)) continue;
    if (each.default_value)
      p.settings.parameters = p.settings.parameters.with(
          {each.key}, config::value::of(*each.default_value, origin::of("default of " + p.class_name)));
    else
      missing += "\n  config parameter '" + each.key + "' (" + each.validation_type +
                 ") has no value and no default: t.config(\"" + each.key + "\", ...)";
  }
  for (const auto& each : p.descriptor.volume_mounts)
    if (!p.settings.mounts.contains(each.name))
      missing += "\n  volume mount '" + each.name + "' has no folder: t.mount(\"" + each.name + "\", ...)";
  if (!missing.empty()) throw expectation_failed("'" + p.class_name + "' cannot start:" + missing);
}

void streamlet_rig::start() {
  before_start("a second start()");
  auto& p = *parts_;
  check_settings();
  p.started = true;
  p.context = std::make_unique<native::context>(p.settings, p.services);
  stream::runnable graph;
  try {
    graph = p.code->build(*p.context);
  } catch (...) {
    p.services->control()->stopped({stream::end_kind::abort, nullptr});
    throw expectation_failed("'" + p.class_name +
                             "' cannot be built: " + stream::describe_exception("build()").message());
  }
  if (graph.empty() && p.services->control()->writes())
    graph = stream::source(stream::queue_source<char>(1)).to(stream::ignore());
  if (graph.empty()) {
    if (!p.descriptor.inlets.empty() || !p.descriptor.outlets.empty())
      throw expectation_failed("build() of '" + p.class_name + "' returned an empty graph, but it has ports");
    result_ = stream::run_result{};
    return;
  }
  p.graph = p.runtime.run(std::move(graph));
  p.services->control()->started(p.graph,
                                 [graph = p.graph, taps = p.services->taps] {
                                   for (const auto& [inlet, tap] : taps)
                                     tap->feed()->end({stream::end_kind::complete, nullptr});
                                   if (taps.empty()) graph.drain();
                                 },
                                 {});
  p.graph.completed([this, services = p.services](const stream::run_result& how) {
    services->control()->stopped(how);
    result_ = how;
  });
}

void streamlet_rig::run(std::size_t turns) {
  after_start("run()");
  for (std::size_t given = 0; parts_->runtime.step(); ++given)
    if (given >= turns)
      throw expectation_failed("'" + parts_->class_name + "' did not come to rest after " + std::to_string(turns) +
                               " turns:\n" + describe());
  check_probes();
}

void streamlet_rig::check_probes() const {
  for (const auto& [name, probe] : parts_->services->probes)
    if (probe->overflown())
      throw expectation_failed("the probe of outlet '" + name.value() + "' is full with " +
                               std::to_string(probe->size()) + " records: take() them, or ask for a larger bound (" +
                               std::to_string(probe->bound()) + " now)");
}

void streamlet_rig::advance(std::chrono::nanoseconds by) {
  after_start("clock().advance()");
  run();
  try {
    parts_->runtime.advance(by);
  } catch (const std::runtime_error& thrown) {
    throw expectation_failed("'" + parts_->class_name + "': " + thrown.what() + ":\n" + describe());
  }
  check_probes();
}

void streamlet_rig::drain() {
  after_start("drain()");
  if (parts_->graph) parts_->graph.drain();
  run();
}

void streamlet_rig::crash() {
  after_start("crash()");
  if (parts_->graph) parts_->graph.abort();
  run();
}

http_probe streamlet_rig::http() const { return http_probe(parts_->services->server); }

void streamlet_rig::hold_back(bool yes) {
  const auto& gate = parts_->services->hand();
  if (!gate) throw expectation_failed("hold_back() is for streamlets without inlets");
  gate->set(yes);
}

std::optional<stream::failure> streamlet_rig::failure() const {
  if (!result_ || result_->kind != stream::end_kind::fail || !result_->why) return std::nullopt;
  return *result_->why;
}

void streamlet_rig::expect_end(stream::end_kind wanted) const {
  const std::string what =
      "'" + parts_->class_name + "' was expected to end (" + std::string(name_of(wanted)) + "), but it ";
  if (!result_) {
    std::string open;
    for (const auto& [name, tap] : parts_->services->taps)
      if (!tap->completed()) open += "\n  inlet '" + name.value() + "' is open";
    throw expectation_failed(what + "still runs:" + open + "\n" + describe());
  }
  if (result_->kind == wanted) return;
  if (const auto why = failure()) throw expectation_failed(what + "failed: " + why->message());
  throw expectation_failed(what + "ended with " + std::string(name_of(result_->kind)));
}

void streamlet_rig::expect_running() const {
  if (!result_) return;
  if (const auto why = failure())
    throw expectation_failed("'" + parts_->class_name + "' was expected to run, but it failed: " + why->message());
  throw expectation_failed("'" + parts_->class_name + "' was expected to run, but it ended (" +
                           std::string(name_of(result_->kind)) + ")");
}

void streamlet_rig::expect_completed() const { expect_end(stream::end_kind::complete); }
void streamlet_rig::expect_drained() const { expect_end(stream::end_kind::drain); }

void streamlet_rig::expect_failed(std::string_view part) const {
  expect_end(stream::end_kind::fail);
  const auto text = failure().value_or(stream::failure{}).message();
  if (text.find(part) == std::string::npos)
    throw expectation_failed("the failure was expected to say '" + std::string(part) + "', it says: " + text);
}

const std::vector<std::string>& streamlet_rig::console() const { return parts_->services->lines(); }
metric_registry& streamlet_rig::metrics() { return parts_->services->metrics(); }
const streamlet::streamlet_descriptor& streamlet_rig::descriptor() const { return parts_->descriptor; }

std::uint64_t streamlet_rig::counter(std::string_view name) const {
  std::uint64_t total = 0;
  if (!parts_->graph) return total;
  for (const auto& island : parts_->graph.describe())
    for (const auto& [each, value] : island.counters)
      if (each == name) total += value;
  return total;
}

std::string streamlet_rig::describe() const {
  std::string text;
  if (!parts_->graph) return text;
  for (const auto& island : parts_->graph.describe()) {
    text += "  " + island.name + ": " + island.state;
    if (island.waits_for != stream::wait_kind::nothing) text += ", waits for " + std::string(name_of(island.waits_for));
    text += ", " + std::to_string(island.elements) + " elements";
    for (const auto& queue : island.inputs)
      text += ", queue " + queue.name + " " + std::to_string(queue.fill) + "/" + std::to_string(queue.capacity);
    text += "\n";
  }
  return text;
}

} // namespace cloudflow::testkit
