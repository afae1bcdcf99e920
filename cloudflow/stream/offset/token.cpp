#include "cloudflow/stream/offset/token.hpp"

#include <memory>

namespace cloudflow::stream {

void offset_token::release(bool acknowledged) noexcept {
  if (!acknowledged) abandoned_.store(true, std::memory_order_relaxed);
  // acq_rel: whoever ends the last reference sees every abandonment that came before.
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  settled(!abandoned_.load(std::memory_order_relaxed));
  const std::unique_ptr<offset_token> end(this);
}

namespace {

/// Several references as one.
class token_group final : public offset_token {
  std::vector<token_ref> members_;

  void settled(bool acknowledged) noexcept override {
    for (auto& member : members_) {
      if (acknowledged)
        member.acknowledge();
      else
        member.abandon();
    }
  }

public:
  explicit token_group(std::vector<token_ref> members)
      : offset_token(nullptr, 0)
      , members_(std::move(members)) {}
  std::optional<position> at(record_offset) const override { return std::nullopt; }
};

} // namespace

void token_holder::add_new(offset_token* token) {
  last_ = token;
  last_serial_ = token->serial();
  if (token->lineage() != nullptr) {
    for (auto& held : held_) {
      if (held.get()->lineage() != token->lineage()) continue;
      if (token->serial() < held.get()->serial()) {
        auto later = std::exchange(held, token_ref::share(token));
        later.acknowledge();
      }
      return;
    }
  } else {
    for (const auto& held : held_) {
      if (held.get() == token) return;
    }
  }
  held_.push_back(token_ref::share(token));
}

void token_holder::acknowledge() noexcept {
  for (auto& held : held_) held.acknowledge();
  held_.clear();
  last_ = nullptr;
}

void token_holder::abandon() noexcept {
  held_.clear();
  last_ = nullptr;
}

token_ref token_holder::take() {
  last_ = nullptr;
  auto held = std::exchange(held_, {});
  if (held.empty()) return {};
  if (held.size() == 1) return std::move(held.front());
  return token_ref(std::make_unique<token_group>(std::move(held)).release());
}

} // namespace cloudflow::stream
