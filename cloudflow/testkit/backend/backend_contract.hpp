#pragma once

#include "cloudflow/backend/backend.hpp"
#include "cloudflow/log/memory_log.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cloudflow::testkit {

/// A backend to be held against the laws. One object per law; log and metrics outlive what it makes.
class backend_fixture {
public:
  virtual ~backend_fixture() = default;
  /// A fresh backend.
  virtual std::unique_ptr<backend::backend_port> make() = 0;
  /// An instance whose streamlet copies the bytes of each record of its inlet "in" to its outlet "out", in order. The
  /// contract says on which topics they are.
  virtual backend::instance copying() = 0;
  /// A record at which that streamlet fails; none if the backend cannot be made to fail.
  virtual std::optional<std::string> poison() { return std::nullopt; }
  /// Lets the backend work until the condition holds; false if it did not in good time. Calls it at least once.
  virtual bool eventually(const std::function<bool()>& condition) = 0;

  const clock_source& clock;
  metric_registry metrics;
  log::memory_log log;

protected:
  explicit backend_fixture(const clock_source& time)
      : clock(time)
      , log(time, {.metrics = &metrics}) {}
};

/// The laws of `backend::backend_port`, a sentence each. They throw `expectation_failed`.
namespace backend_contract {

void has_a_name(backend_fixture& f);
void tells_its_delivery(backend_fixture& f);
void refuses_an_unknown_class(backend_fixture& f);
void becomes_ready(backend_fixture& f);
void copies_in_order(backend_fixture& f);
void completes(backend_fixture& f);
void drains(backend_fixture& f);
void resumes(backend_fixture& f);
void fails(backend_fixture& f);
void runs_instances_apart(backend_fixture& f);
void ends_with_its_execution(backend_fixture& f);

} // namespace backend_contract

} // namespace cloudflow::testkit

#define CLOUDFLOW_BACKEND_CASE(Fixture, sentence, law)                                                                 \
  TEST_CASE(sentence) {                                                                                                \
    Fixture fixture;                                                                                                   \
    ::cloudflow::testkit::backend_contract::law(fixture);                                                              \
  }

/// Registers all cases for a backend. `Fixture`: a `backend_fixture` that is made without arguments. `name` begins each
/// sentence.
#define CLOUDFLOW_BACKEND_CONTRACT(Fixture, name)                                                                      \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " has the name that its streamlets ask for", has_a_name)                        \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " promises no more than the log can give", tells_its_delivery)                  \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " refuses a class that it does not know, by name", refuses_an_unknown_class)    \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " tells when an instance is ready", becomes_ready)                              \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " keeps the order of a partition", copies_in_order)                             \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " completes behind a closed topic and closes what it wrote", completes)         \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " commits all that it wrote when it is drained", drains)                        \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " goes on behind what was committed", resumes)                                  \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " reports a failure with its place and commits nothing of it", fails)           \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " runs its instances apart from each other", runs_instances_apart)              \
  CLOUDFLOW_BACKEND_CASE(Fixture, name " stops when its execution is destroyed", ends_with_its_execution)
