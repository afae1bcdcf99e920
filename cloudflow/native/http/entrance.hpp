#pragma once

#include "cloudflow/native/task.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::native {

/// What became of a record that came in by HTTP.
enum class entry_outcome {
  acknowledged, ///< everything that came of it is in the log
  lost,         ///< not known to be in the log: the streamlet stops or failed
  rejected,     ///< user code threw at it
  pushed_back   ///< it is not in the log, which does not keep up
};

/// Waits for one or several records of a request. Told once a record, on any thread.
class CLOUDFLOW_API entry_receipt {
  friend class record_entrance;
  std::atomic<std::uint64_t> serial_{0};

public:
  virtual ~entry_receipt() = default;
  virtual void settled(entry_outcome how) noexcept = 0;
  /// Waits while the log pushes back; else that is told at once.
  [[nodiscard]] virtual bool patient() const noexcept { return false; }
  [[nodiscard]] std::uint64_t next_serial() noexcept { return serial_.fetch_add(1, std::memory_order_relaxed); }
};

enum class offer_outcome {
  taken,
  full,  ///< the log pushes back: offer again when told that there is room
  closed ///< the streamlet does not take records any more
};

/// The way from requests to a graph: binary records that HTTP threads offer and a source takes, each with its receipt.
/// Bounded: 4,096 records or 16 MiB. Owners: routes, the source, the instance. Thread-safe.
class CLOUDFLOW_API record_entrance {
public:
  struct item {
    bytes value;
    std::shared_ptr<entry_receipt> receipt; ///< owners: the items of one request, their tokens
    std::string key{};                      ///< by which a repeat of the request is known; empty: it is not
  };
  static constexpr std::size_t most_records = 4096;
  static constexpr std::size_t most_bytes = std::size_t{16} << 20U;
  static constexpr std::size_t most_held = std::size_t{32} << 20U;

  explicit record_entrance(std::shared_ptr<pressure_gate> gate)
      : gate_(std::move(gate)) {}

  // for HTTP
  /// Moves from `value` if it is taken. `key` travels along in the header `Idempotency-Key` of what comes of it.
  offer_outcome offer(bytes& value, const std::shared_ptr<entry_receipt>& receipt, std::string key = {});
  /// An upload holds `wants` bytes of a record that is not whole yet, and `has` held so many before. False, and nothing
  /// changes: all uploads together would hold more than 32 MiB.
  bool hold(std::size_t wants, std::size_t& has);
  /// Calls once, when there may be room, or `draining`, or closed. At once if so now.
  void when_room(std::function<void()> call);
  /// Nobody should begin anything new.
  [[nodiscard]] bool draining() const { return draining_.load(std::memory_order_acquire); }
  /// Calls once, when draining begins; at once if it has.
  void on_drain(std::function<void()> call);

  // for the source
  /// Takes records again, after a source before it had ended.
  void open();
  void take(std::size_t limit, std::vector<item>& out);
  /// Nothing more will ever be there.
  [[nodiscard]] bool over() const;
  bool arm(const stream::waker& wake);
  /// Uploads come to their end.
  void begin_drain();
  /// Nothing more is taken; what is in it still goes through.
  void close();
  /// What is in it is lost.
  void discard();

private:
  [[nodiscard]] bool full() const;
  [[nodiscard]] bool held_back() const { return gate_ && gate_->holds_back(); }
  void tell_room();
  void push_back_impatient();

  std::shared_ptr<pressure_gate> gate_; // owners: engine and this
  mutable std::mutex mutex_;
  std::deque<item> items_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> held_{0};
  std::vector<stream::waker> wakers_;
  std::vector<std::function<void()>> room_;
  std::vector<std::function<void()>> drain_;
};

} // namespace cloudflow::native
