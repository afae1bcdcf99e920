#include "cloudflow/engine/native/transaction.hpp"

namespace cloudflow::engine {

class transaction::writer final : public log::topic_writer {
  std::shared_ptr<transaction> in_; // owners: the instance and its writers
  std::unique_ptr<log::topic_writer> inner_;
  bool refused_ = false;

  void note(bool refused) {
    if (refused == refused_) return;
    refused_ = refused;
    in_->refused_ += refused ? 1 : -1;
    if (!refused) in_->wake_loop_();
  }

public:
  writer(std::shared_ptr<transaction> in, std::unique_ptr<log::topic_writer> inner)
      : in_(std::move(in))
      , inner_(std::move(inner)) {}
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;
  ~writer() override { note(false); }

  result<void> send(std::span<const log::outgoing_record> records, log::delivery_callback done) override {
    if (auto joined = in_->join(); !joined) return joined;
    auto sent = inner_->send(records, std::move(done));
    note(!sent && sent.error().retriable);
    return sent;
  }
  std::int32_t partitions() const override { return inner_->partitions(); }
};

transaction::transaction(log::producer& producer, bool transactional, std::function<void()> wake_loop)
    : producer_(producer)
    , transactional_(transactional)
    , wake_loop_(std::move(wake_loop)) {}

result<std::unique_ptr<log::topic_writer>> transaction::open(const topic_name& topic) {
  auto inner = producer_.open(topic);
  if (!inner) return unexpected(inner.error());
  return std::unique_ptr<log::topic_writer>(std::make_unique<writer>(shared_from_this(), std::move(*inner)));
}

result<void> transaction::join() {
  if (state_.load(std::memory_order_acquire) == state::open) return {};
  {
    const std::lock_guard lock(mutex_);
    const auto now = state_.load();
    if (now == state::open) return {};
    if (now == state::closed) return system_error(errc::closed, "the streamlet has failed");
    if (transactional_)
      if (auto begun = producer_.begin(); !begun) return begun;
    state_.store(state::open, std::memory_order_release);
  }
  note_moved();
  wake_loop_();
  return {};
}

void transaction::over() {
  const std::lock_guard lock(mutex_);
  if (state_.load() == state::open) state_.store(state::none, std::memory_order_release);
}

void transaction::give_up() {
  const std::lock_guard lock(mutex_);
  if (state_.exchange(state::closed) == state::open && transactional_) producer_.abort({});
}

} // namespace cloudflow::engine
