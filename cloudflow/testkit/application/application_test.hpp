#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/testkit/application/decoded_records.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit {

/// A whole application under test: the streamlets that are linked into the test, wired by a blueprint, on the
/// in-process log. One thread; `seed` chooses among what may run concurrently, equal seeds give equal runs.
///
///     application_test app(std::filesystem::path("blueprint.conf"), seed);
///     app.config("cloudflow.streamlets.egress.config-parameters.path=/tmp/out.csv");
///     app.start();
///     app.run();
///     app.expect_completed();
///
/// What is wrong with the blueprint, its configuration or the test's use is thrown as `expectation_failed`.
class application_test {
public:
  /// Turns after which an application counts as never coming to rest.
  static constexpr std::size_t default_turns = 5'000'000;

  explicit application_test(const std::filesystem::path& blueprint, std::uint64_t seed = 0);
  explicit application_test(std::string_view blueprint_text, std::uint64_t seed = 0);
  explicit application_test(const char* blueprint_text, std::uint64_t seed = 0)
      : application_test(std::string_view(blueprint_text), seed) {}
  application_test(const application_test&) = delete;
  application_test& operator=(const application_test&) = delete;
  ~application_test();

  // before start()
  /// `path.expression=value`, as on the command line of `cloudflow run`.
  application_test& config(std::string key_value);
  application_test& config_file(std::filesystem::path file);

  /// Verifies, configures, assembles, and starts every instance; nothing runs before `run()`.
  void start();

  // after it
  /// Gives turns until nothing is due; throws after `turns` of them, or when an instance failed.
  void run(std::size_t turns = default_turns);
  /// Moves the clock on, giving every turn that is due, and starts again what failed and has waited long enough.
  void advance(std::chrono::nanoseconds by);
  /// The instance fails where it is, as if its code had thrown; nothing in flight is committed. Implies
  /// `allow_failure()`; throws if it does not run.
  void fail(std::string_view streamlet, std::string text = "injected by the test");
  /// Asks every instance to stop at a commit boundary, and lets them.
  void drain();
  /// Stops everything as a crash does and starts again on the same log: what was committed stays.
  void restart();

  [[nodiscard]] bool over() const;
  [[nodiscard]] std::vector<backend::instance_status> status() const;
  /// `run()` and `advance()` no longer throw when an instance failed: as in production it is started again from what it
  /// had committed after 1 s, 2 s, 4 s ... of the test's clock, and degraded when it fails at one place three times.
  void allow_failure() { failure_allowed_ = true; }
  void expect_completed() const;
  void expect_drained() const;

  /// Every line that was written to the console.
  [[nodiscard]] const std::vector<std::string>& console() const;
  [[nodiscard]] log::topic_log& log();
  [[nodiscard]] metric_registry& metrics();
  [[nodiscard]] manual_clock& clock();
  /// What a topic (by its id in the blueprint) holds now, partition by partition. Topics forget what all their readers
  /// have committed.
  template <schema::record T> [[nodiscard]] std::vector<T> records_of(std::string_view topic_id) {
    return detail::decoded_records<T>(values_of(topic_id), topic_id);
  }
  [[nodiscard]] std::vector<bytes> values_of(std::string_view topic_id);
  /// The dead letters of "streamlet.inlet"; as records where they can be decoded.
  template <schema::record T> [[nodiscard]] std::vector<T> dead_letters_of(std::string_view port) {
    return detail::decoded_records<T>(values_of_dead_letters(port), port);
  }
  [[nodiscard]] std::vector<bytes> values_of_dead_letters(std::string_view port);
  /// What each part of each instance does and waits for.
  [[nodiscard]] std::string describe() const;

private:
  struct parts;
  void launch();
  void started(const char* what) const;
  void expect_all(backend::instance_phase wanted) const;
  void check_failures() const;
  void give_turns(std::size_t turns);

  std::unique_ptr<parts> parts_;
  bool failure_allowed_ = false;
};

} // namespace cloudflow::testkit
