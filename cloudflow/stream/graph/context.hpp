#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/stream/offset/token.hpp"

#include <memory>
#include <string>

namespace cloudflow::stream {

inline constexpr timestamp no_event_time = timestamp::min();
/// The watermark of an input that completed.
inline constexpr timestamp end_of_time = timestamp::max();

/// What travels beside an element through every operator. The token is borrowed for the call: who keeps the element
/// shares it, who drops the element does nothing.
struct element_context {
  offset_token* token = nullptr;
  record_offset offset{-1};
  timestamp time = no_event_time;
};

/// Why a graph failed: an exception of user code, or a source or sink that gave up. Immutable value.
struct failure {
  std::string type;           ///< the exception's type, or "error"
  std::string text;           ///< what it said
  std::string op;             ///< the operator, source or sink
  std::optional<position> at; ///< the element, when it came from a log or file
  /// "map failed: std::runtime_error: bad reading (at in/0/17)".
  [[nodiscard]] CLOUDFLOW_API std::string message() const;
};

/// How an input ended. *complete*: it is over, so what is held is emitted. *drain*: this process goes, so what is held
/// is given back (its offsets stay uncommitted). *fail*: behind everything that was emitted before. *abort*: at once.
enum class end_kind { complete, drain, fail, abort };
CLOUDFLOW_API std::string_view name_of(end_kind kind);

struct ending {
  end_kind kind = end_kind::complete;
  std::shared_ptr<const failure> why{}; ///< set for fail; owners: every copy of the signal
  bool thrown_here = false;             ///< in this very island: what its stages hold is dropped
  /// Stages that hold output pass the signal on without emitting that first.
  [[nodiscard]] bool at_once() const { return thrown_here || kind == end_kind::abort; }
};

/// What a source wants done with an element whose processing threw before anything grouped, keyed or held it.
enum class failure_decision {
  fail,  ///< the graph fails
  skip,  ///< the element is left out
  retry, ///< the source has made the element anew: it is pushed again
  stop   ///< the source gives nothing more from this element on, and will say why: what came before it counts
};

/// User code threw inside an operator. Caught by the island that runs the operator; never leaves the engine.
class stage_failure {
  failure what_;
  bool recoverable_ = true;

public:
  explicit stage_failure(failure what)
      : what_(std::move(what)) {}
  [[nodiscard]] failure& what() noexcept { return what_; }
  /// False behind the first stage that holds elements: the element at hand is no longer the one that was read.
  [[nodiscard]] bool recoverable() const noexcept { return recoverable_; }
  void make_final() noexcept { recoverable_ = false; }
};

/// Call in a catch block: rethrows what is in flight as `stage_failure` of this operator.
[[noreturn]] CLOUDFLOW_API void rethrow_as_stage_failure(const char* op);
/// Call in a catch block: describes what is in flight.
[[nodiscard]] CLOUDFLOW_API failure describe_exception(const char* op);

/// Runs user code; costs nothing unless it throws.
template <class F> decltype(auto) user_call(const char* op, F&& call) {
  try {
    return std::forward<F>(call)();
  } catch (...) {
    rethrow_as_stage_failure(op);
  }
}

/// Runs what lies behind a stage that holds elements: failures there cannot be blamed on one record.
template <class F> decltype(auto) beyond_record(F&& call) {
  try {
    return std::forward<F>(call)();
  } catch (stage_failure& thrown) {
    thrown.make_final();
    throw;
  }
}

} // namespace cloudflow::stream
