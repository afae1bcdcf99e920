#pragma once

#include "cloudflow/native/http/entrance.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::native {

namespace detail {

/// Holds a record of a request until everything that came of it is in the log. Runs of one request are one lineage.
class CLOUDFLOW_API entry_token final : public stream::offset_token {
  std::shared_ptr<entry_receipt> receipt_; // owners: the items of one request, their tokens
  record_offset offset_;
  std::shared_ptr<std::atomic<bool>> rejected_; // owners: this and the source that may find it so
  std::string key_;
  std::mutex mutex_;
  std::vector<std::pair<const void*, std::uint32_t>> copies_; ///< records that came of it, by writer

  void settled(bool acknowledged) noexcept override;

public:
  entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset, std::shared_ptr<std::atomic<bool>> rejected,
              std::string key);
  /// The `Idempotency-Key` of the next record that `writer` makes of this one; none if the request has none. The same
  /// for a repeat of the request: what comes of a record comes in the same order.
  [[nodiscard]] std::optional<std::string> next_key(const void* writer);
  [[nodiscard]] std::optional<stream::position> at(record_offset offset) const override;
};

CLOUDFLOW_API stream::token_ref make_entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset,
                                                 std::shared_ptr<std::atomic<bool>> rejected, std::string key = {});

} // namespace detail

/// The head of a graph that HTTP requests feed: decodes records, gives each a token that answers its request.
/// - On drain: uploads end, requests in flight are answered, the server closes; then it ends.
/// - User code that throws at a record is answered 500, and the streamlet goes on: a request must not stop it.
/// Confined to its island. Keeps: nothing to keep; the client holds what was not acknowledged.
template <class T> class entrance_port final : public stream::source_port<T> {
  std::shared_ptr<record_entrance> entrance_; // owners: routes, this, the instance
  std::function<void()> drain_;
  counter& rejected_;
  typename schema::codec<T>::decoder decoder_;
  std::vector<record_entrance::item> items_;
  std::int64_t next_ = 0;
  std::int64_t first_ = 0; ///< of the batch that was pulled last
  std::vector<std::shared_ptr<std::atomic<bool>>> marks_;

public:
  entrance_port(std::shared_ptr<record_entrance> entrance, std::function<void()> drain, counter& rejected)
      : entrance_(std::move(entrance))
      , drain_(std::move(drain))
      , rejected_(rejected)
      , decoder_(*schema::codec<T>::decoder_for(schema::codec<T>::definition())) {
    entrance_->open();
  }
  entrance_port(const entrance_port&) = delete;
  entrance_port& operator=(const entrance_port&) = delete;
  ~entrance_port() override { entrance_->discard(); }

  std::string name() const override { return "http"; }

  stream::source_status pull(std::size_t limit, stream::batch<T>& out) override {
    items_.clear();
    marks_.clear();
    first_ = next_;
    entrance_->take(limit, items_);
    for (auto& i : items_) {
      T value;
      if (auto done = decoder_.decode(i.value, value); !done) {
        i.receipt->settled(entry_outcome::rejected);
        continue;
      }
      const record_offset at(next_++);
      marks_.push_back(std::make_shared<std::atomic<bool>>(false));
      out.add(std::move(value), {at, stream::no_event_time});
      out.runs.push_back({detail::make_entry_token(std::move(i.receipt), at, marks_.back(), std::move(i.key)), 1});
    }
    if (!items_.empty()) return stream::source_status::more;
    return entrance_->over() ? stream::source_status::ended : stream::source_status::empty;
  }
  bool arm(const stream::waker& wake) override { return entrance_->arm(wake); }
  void drain() override { drain_(); }
  void cancel() override { entrance_->discard(); }
  [[nodiscard]] stream::ending how_ended() const override { return {stream::end_kind::drain, nullptr}; }

  stream::failure_decision on_failure(const stream::failure& what, T& /*again*/) override {
    if (!what.at) return stream::failure_decision::fail;
    const auto index = what.at->offset.value() - first_;
    if (index < 0 || static_cast<std::size_t>(index) >= marks_.size()) return stream::failure_decision::fail;
    marks_[static_cast<std::size_t>(index)]->store(true);
    rejected_.add();
    return stream::failure_decision::skip;
  }
};

} // namespace cloudflow::native
