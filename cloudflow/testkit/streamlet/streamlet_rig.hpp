#pragma once

#include "cloudflow/native/dead_letters.hpp"
#include "cloudflow/native/streamlet.hpp"
#include "cloudflow/streamlet/module.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/streamlet/http_probe.hpp"
#include "cloudflow/testkit/streamlet/inlet_tap.hpp"
#include "cloudflow/testkit/streamlet/outlet_probe.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit {

/// The streamlets that are linked into this program.
[[nodiscard]] std::span<const streamlet::module_entry* const> linked_streamlets();

/// Runs one streamlet on the test's thread: what `streamlet_test` is made of. What is wrong with a test's use of it
/// is thrown as `expectation_failed`, with the names that it knows. Confined to the test's thread.
class streamlet_rig {
public:
  /// Time in the test's hand. It stands still but for `advance`.
  class hand {
    friend class streamlet_rig;
    streamlet_rig* rig_;
    explicit hand(streamlet_rig* rig)
        : rig_(rig) {}

  public:
    /// Moves on from timer to timer, giving every turn that is due.
    void advance(std::chrono::nanoseconds by) { rig_->advance(by); }
    /// Sets the time of day without moving any timer. It begins at the epoch.
    void set_wall(timestamp at);
    [[nodiscard]] timestamp now() const;
  };

  /// Turns after which a graph counts as never coming to rest.
  static constexpr std::size_t default_turns = 20'000;
  /// Records that a probe holds for the test to take.
  static constexpr std::size_t default_bound = 1'000'000;

  explicit streamlet_rig(std::unique_ptr<native::streamlet> code, std::string class_name = "streamlet-under-test",
                         std::uint64_t seed = 0);
  /// By the name that stands in CLOUDFLOW_STREAMLET, among the streamlets linked into the test.
  explicit streamlet_rig(std::string_view class_name, std::uint64_t seed = 0);
  streamlet_rig(const streamlet_rig&) = delete;
  streamlet_rig& operator=(const streamlet_rig&) = delete;
  ~streamlet_rig();

  // before start()
  /// The test's end of an inlet; `T` is the inlet's type. Inlets without a tap stay open and silent.
  template <schema::record T> [[nodiscard]] inlet_tap<T> tap(std::string_view inlet) {
    return inlet_tap<T>(tap_of(inlet, streamlet::describe(schema::codec<T>::definition())));
  }
  /// The test's end of an outlet; `T` is the outlet's type. What outlets without a probe write is let go.
  template <schema::record T>
  [[nodiscard]] outlet_probe<T> probe(std::string_view outlet, std::size_t bound = default_bound) {
    return outlet_probe<T>(probe_of(outlet, streamlet::describe(schema::codec<T>::definition()), bound));
  }
  /// The test's client of a streamlet that serves HTTP.
  [[nodiscard]] http_probe http() const;
  /// A config parameter's value as configuration writes it: `t.config("backlog", "1 minute")`.
  streamlet_rig& config(std::string_view key, std::string_view text);
  /// The same, typed: `t.config("backlog", 1min)`.
  template <streamlet::parameter T> streamlet_rig& config(std::string_view key, const T& value) {
    return config(key, std::string_view(streamlet::parameter_traits<T>::write(value)));
  }
  /// The folder behind a volume mount.
  streamlet_rig& mount(std::string_view name, std::filesystem::path folder);
  /// The error policy that configuration gives to an inlet.
  streamlet_rig& on_error(std::string_view inlet, streamlet::error_policy policy);
  /// How often configuration has a record tried again before the policy acts.
  streamlet_rig& retries(std::string_view inlet, std::int32_t further);
  /// A schema that some writer has published, for records that name it in their header.
  streamlet_rig& know_schema(const schema::schema_definition& definition);

  /// Calls the streamlet's `build` and starts its graph; nothing runs before `run()`.
  void start();

  // after it
  /// Gives turns until nothing is due. Throws after `turns` of them, with the parts that are still busy, and when a
  /// probe is full.
  void run(std::size_t turns = default_turns);
  [[nodiscard]] hand clock() { return hand(this); }
  /// Asks the streamlet to stop as `cloudflow run` does on Ctrl-C; `run()` lets it.
  void drain();
  /// Stops as a crash does: nothing more is acknowledged.
  void crash();
  /// The unread backlog downstream is too large (true), or small again. For streamlets without inlets.
  void hold_back(bool yes = true);

  [[nodiscard]] bool over() const { return result_.has_value(); }
  /// Why the streamlet failed; nothing if it did not.
  [[nodiscard]] std::optional<stream::failure> failure() const;
  void expect_running() const;
  void expect_completed() const;
  void expect_drained() const;
  /// It failed, and its report contains the text.
  void expect_failed(std::string_view part = {}) const;

  /// The records that an inlet gave up, as they go to its topic of dead letters:
  /// `t.dead_letters("in")[0].said("message")`.
  [[nodiscard]] const std::vector<native::dead_letter>& dead_letters(std::string_view inlet) const;
  /// Every line that the streamlet wrote to its console.
  [[nodiscard]] const std::vector<std::string>& console() const;
  [[nodiscard]] metric_registry& metrics();
  /// Counters of operators by name ("late_total"), summed over the graph.
  [[nodiscard]] std::uint64_t counter(std::string_view name) const;
  /// What each part of the graph does and waits for.
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] const streamlet::streamlet_descriptor& descriptor() const;

private:
  struct parts;

  void advance(std::chrono::nanoseconds by);
  void check_settings();
  [[nodiscard]] port_name known_inlet(std::string_view inlet) const;
  void before_start(const char* what) const;
  void after_start(const char* what) const;
  [[nodiscard]] std::shared_ptr<detail::tap_core> tap_of(std::string_view inlet,
                                                         const streamlet::schema_descriptor& schema);
  [[nodiscard]] std::shared_ptr<detail::probe_core>
  probe_of(std::string_view outlet, const streamlet::schema_descriptor& schema, std::size_t bound);
  void expect_end(stream::end_kind wanted) const;
  void check_probes() const;

  std::optional<stream::run_result> result_; // outlives the graph, which writes it
  std::unique_ptr<parts> parts_;
};

} // namespace cloudflow::testkit
