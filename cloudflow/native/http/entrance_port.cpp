#include "cloudflow/native/http/entrance_port.hpp"

#include <algorithm>

namespace cloudflow::native::detail {

entry_token::entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset,
                         std::shared_ptr<std::atomic<bool>> rejected, std::string key)
    : offset_token(receipt.get(), receipt->next_serial())
    , receipt_(std::move(receipt))
    , offset_(offset)
    , rejected_(std::move(rejected))
    , key_(std::move(key)) {}

std::optional<std::string> entry_token::next_key(const void* writer) {
  if (key_.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  auto at = std::find_if(copies_.begin(), copies_.end(), [&](const auto& c) { return c.first == writer; });
  if (at == copies_.end()) at = copies_.insert(at, {writer, 0});
  const auto copy = at->second++;
  return copy == 0 ? key_ : key_ + "+" + std::to_string(copy);
}

void entry_token::settled(bool acknowledged) noexcept {
  receipt_->settled(rejected_->load() ? entry_outcome::rejected
                    : acknowledged    ? entry_outcome::acknowledged
                                      : entry_outcome::lost);
}

std::optional<stream::position> entry_token::at(record_offset) const {
  return stream::position{"http", partition_id(0), offset_};
}

stream::token_ref make_entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset,
                                   std::shared_ptr<std::atomic<bool>> rejected, std::string key) {
  return stream::token_ref(
      std::make_unique<entry_token>(std::move(receipt), offset, std::move(rejected), std::move(key))
          .release()); // destroys itself
}

} // namespace cloudflow::native::detail
