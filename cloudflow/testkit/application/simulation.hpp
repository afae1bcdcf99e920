#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/error.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/streamlet/context.hpp"
#include "cloudflow/testkit/application/decoded_records.hpp"
#include "cloudflow/testkit/log/counting_log.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit {

/// What happened in a simulation.
struct simulation_report {
  std::uint64_t calls = 0; ///< of the process to log and store: where it may die
  int crashes = 0;
  int drains = 0;
  int rebalances = 0;             ///< a stranger joined a group
  int failures = 0;               ///< instances that failed and were started again
  std::uint64_t trace = 0;        ///< equal runs have equal traces
  std::vector<std::string> story; ///< what was done to it, in order
};

/// A whole application in one test, under a seed: its streamlets on the in-process log, which is durable on a store in
/// memory; one thread, everything that may run concurrently in a seeded order, time in virtual steps. The process is
/// killed at calls to log and store, drained, and started again on what the store holds, until its input is read.
///
///     simulation sim(blueprint, seed);
///     sim.feed("readings", readings, &reading::src).crashes(3).rebalances(2).slow_readers();
///     sim.run();
///     CHECK(compare(expected, sim.records_of<average>("averages")).exact());
///
/// The input stands outside of the process: `feed` writes it to a topic that no streamlet writes, a piece at a time.
/// What is wrong with blueprint or configuration, and a run that does not end, is thrown as `expectation_failed`.
class simulation {
public:
  static constexpr std::size_t default_turns = 2'000'000;

  simulation(const std::filesystem::path& blueprint, std::uint64_t seed);
  simulation(std::string_view blueprint_text, std::uint64_t seed);
  simulation(const char* blueprint_text, std::uint64_t seed)
      : simulation(std::string_view(blueprint_text), seed) {}
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  ~simulation();

  // before run()
  /// `path.expression=value`, as on the command line of `cloudflow run`.
  simulation& config(std::string key_value);
  /// What every streamlet shall deliver, whatever configuration says.
  simulation& deliver(streamlet::delivery wanted);
  /// What is written to a topic (by its id in the blueprint), in this order, each record under its key.
  template <schema::record T, class Key>
  simulation& feed(std::string_view topic_id, std::span<const T> records, Key key) {
    std::vector<fed_record> out;
    for (const auto& r : records) {
      const std::string text(std::invoke(key, r));
      const auto view = as_bytes(text);
      schema::codec<T>::encode(r, out.emplace_back(fed_record{bytes(view.begin(), view.end()), {}}).value);
    }
    return feed_encoded(topic_id, std::move(out));
  }
  template <class T, class Key> simulation& feed(std::string_view topic_id, const std::vector<T>& records, Key key) {
    return feed(topic_id, std::span<const T>(records), std::move(key));
  }
  /// The process dies at that call of its first life, counted from 1; `keeps_last`: after the call took effect.
  simulation& crash_at(std::uint64_t call, bool keeps_last = false);
  /// So many times the process dies at a random call.
  simulation& crashes(int count);
  /// So many times it is asked to stop at a commit boundary, and is started again.
  simulation& drains(int count);
  /// So many times a stranger joins a group of the application, takes partitions, does nothing, leaves or dies.
  simulation& rebalances(int count);
  /// Readers fall behind at random.
  simulation& slow_readers(bool on = true);
  /// So many times, after a crash, the writer of the input does not know what of its last records arrived and sends
  /// some again: an ingress that delivers at least once.
  simulation& resends(int count);
  /// The protocol broken on purpose.
  simulation& break_rules(broken_rules rules);

  /// Runs until the input is read and every instance has completed.
  void run(std::size_t turns = default_turns);

  // after it
  [[nodiscard]] const simulation_report& report() const;
  /// What its weakest streamlet delivers: as configured, and no more than the engine can give on this log.
  [[nodiscard]] streamlet::delivery delivery() const;
  /// What readers of committed records find in a topic, partition by partition.
  template <schema::record T> [[nodiscard]] std::vector<T> records_of(std::string_view topic_id) {
    return detail::decoded_records<T>(values_of(topic_id), topic_id);
  }
  [[nodiscard]] std::vector<bytes> values_of(std::string_view topic_id);
  /// The same of the dead letters of "streamlet.inlet", if they can be decoded.
  template <schema::record T> [[nodiscard]] std::vector<T> dead_letters_of(std::string_view port) {
    return detail::decoded_records<T>(values_of_dead_letters(port), port);
  }
  [[nodiscard]] std::vector<bytes> values_of_dead_letters(std::string_view port);

private:
  struct fed_record {
    bytes key;
    bytes value;
  };
  struct parts;
  simulation& feed_encoded(std::string_view topic_id, std::vector<fed_record> records);

  std::unique_ptr<parts> parts_;
};

} // namespace cloudflow::testkit
