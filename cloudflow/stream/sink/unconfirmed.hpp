#pragma once

#include "cloudflow/stream/sink/port.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace cloudflow::stream::detail {

/// Copies of the elements that a port was given and has not acknowledged, with the holds on their offsets: to be given
/// once more to another port. What the port gets in place of the holds is a receipt, which ends them when the port
/// acknowledges it. Confined to its island, but for the receipts.
template <class T> class unconfirmed {
  /// Known to the receipts, which end on any thread.
  class signal {
    std::mutex mutex_;
    waker wake_;

  public:
    void set(const waker& wake) {
      const std::lock_guard lock(mutex_);
      if (!(wake_ == wake)) wake_ = wake;
    }
    void wake() {
      waker to;
      {
        const std::lock_guard lock(mutex_);
        to = wake_;
      }
      to.wake();
    }
  };
  struct item {
    batch<T> elements;
    std::atomic<bool> confirmed{false};
  };
  class receipt final : public offset_token {
    std::shared_ptr<item> of_;
    std::shared_ptr<signal> signal_;

    void settled(bool acknowledged) noexcept override {
      if (!acknowledged || of_->confirmed.exchange(true)) return; // a port that failed abandons; it is given again
      for (auto& run : of_->elements.runs) run.token.acknowledge();
      signal_->wake();
    }

  public:
    receipt(std::shared_ptr<item> of, std::shared_ptr<signal> news)
        : offset_token(nullptr, 0)
        , of_(std::move(of))
        , signal_(std::move(news)) {}
    [[nodiscard]] std::optional<position> at(record_offset) const override { return std::nullopt; }
  };

  static constexpr std::size_t most = 4096;
  std::shared_ptr<signal> signal_ = std::make_shared<signal>(); ///< owners: this and the receipts
  std::deque<std::shared_ptr<item>> items_;                     ///< owners of each: this and its receipts
  std::size_t size_ = 0;                                        ///< elements in `items_`
  std::size_t given_ = 0;                                       ///< items
  std::size_t within_ = 0;                                      ///< elements of the item behind them
  token_ref receipt_;                                           ///< of that item, until all of it was given

public:
  void wakes(const waker& wake) { signal_->set(wake); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return most - std::min(most, size_); }
  [[nodiscard]] bool all_given() const { return given_ == items_.size(); }
  [[nodiscard]] bool any_confirmed() const { return !items_.empty() && items_.front()->confirmed; }
  void forget_confirmed() {
    while (given_ > 0 && any_confirmed()) {
      size_ -= items_.front()->elements.size();
      items_.pop_front();
      --given_;
    }
  }
  /// Takes elements and holds out of the batch.
  void add(batch<T>& elements) {
    auto kept = std::make_shared<item>();
    std::swap(kept->elements, elements);
    size_ += kept->elements.size();
    items_.push_back(std::move(kept));
  }
  /// The next elements, copied, at most `limit` (> 0) and at least one.
  void next(std::size_t limit, batch<T>& out) {
    const auto& from = items_[given_]->elements;
    if (!receipt_) receipt_ = token_ref(std::make_unique<receipt>(items_[given_], signal_).release());
    const auto count = std::min(limit, from.size() - within_);
    const auto begin = static_cast<std::ptrdiff_t>(within_);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    out.values.assign(from.values.begin() + begin, from.values.begin() + end);
    if (!from.meta.empty()) out.meta.assign(from.meta.begin() + begin, from.meta.begin() + end);
    out.runs.push_back({token_ref::share(receipt_.get()), count});
    within_ += count;
    if (within_ < from.size()) return;
    receipt_.acknowledge();
    within_ = 0;
    ++given_;
  }
  /// Everything that is not confirmed, from the first.
  void give_again() {
    receipt_.abandon();
    given_ = within_ = 0;
    std::erase_if(items_, [&](const auto& kept) {
      if (!kept->confirmed) return false;
      size_ -= kept->elements.size();
      return true;
    });
  }
  /// Nothing of it will be given: its offsets stay uncommitted.
  void abandon() {
    receipt_.abandon();
    items_.clear();
    size_ = given_ = within_ = 0;
  }
};

} // namespace cloudflow::stream::detail
