#pragma once

#include "cloudflow/store/byte_store.hpp"

#include <cstdint>

namespace cloudflow::testkit {

/// A store that dies at a given change, as a process that is killed there: the change is in the store below or not, who
/// asked for it gets no answer but an error, and nothing gets through any more. For tests that try every point. It can
/// also be full for a while. Confined to its test.
class mortal_store final : public store::byte_store {
  store::byte_store& below_;
  std::uint64_t dies_at_ = 0; // 0: never
  bool keeps_last_ = false;
  std::uint64_t refuses_ = 0;
  mutable std::uint64_t changes_ = 0;
  mutable bool dead_ = false;

  [[nodiscard]] static unexpected<error> gone() {
    return system_error(errc::io_error, "the store has died, as the test wants");
  }
  template <class F> result<void> change(F&& make) {
    if (dead_) return gone();
    if (refuses_ != 0) {
      --refuses_;
      return system_error(errc::limit_exceeded, "the disk is full, as the test wants", true);
    }
    if (++changes_ != dies_at_) return make();
    dead_ = true;
    if (keeps_last_) static_cast<void>(make());
    return gone();
  }

public:
  explicit mortal_store(store::byte_store& below)
      : below_(below) {}
  /// Dies at that change, counted from 1, from now on; `keeps_last`: after it was made, else before.
  void die_at(std::uint64_t change, bool keeps_last) {
    dies_at_ = changes_ + change;
    keeps_last_ = keeps_last;
  }
  /// The next changes are refused, as by a full disk: they are not made, and it lives on.
  void refuse(std::uint64_t changes) { refuses_ = changes; }
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }
  [[nodiscard]] bool dead() const noexcept { return dead_; }

  result<bool> get(bytes_view key, bytes& into) const override {
    if (dead_) return gone();
    return below_.get(key, into);
  }
  result<void> write(const store::write_batch& batch) override {
    return change([&] { return below_.write(batch); });
  }
  [[nodiscard]] std::unique_ptr<store::cursor> scan(const store::key_range& range) const override {
    return below_.scan(range);
  }
  result<void> remove_range(const store::key_range& range) override {
    return change([&] { return below_.remove_range(range); });
  }
  result<void> sync() override {
    return change([&] { return below_.sync(); });
  }
};

} // namespace cloudflow::testkit
