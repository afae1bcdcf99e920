#include "cloudflow/native/http/entrance_port.hpp"

namespace cloudflow::native::detail {

entry_token::entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset,
                         std::shared_ptr<std::atomic<bool>> rejected)
    : offset_token(receipt.get(), receipt->next_serial())
    , receipt_(std::move(receipt))
    , offset_(offset)
    , rejected_(std::move(rejected)) {}

void entry_token::settled(bool acknowledged) noexcept {
  receipt_->settled(rejected_->load() ? entry_outcome::rejected
                    : acknowledged    ? entry_outcome::acknowledged
                                      : entry_outcome::lost);
}

std::optional<stream::position> entry_token::at(record_offset) const {
  return stream::position{"http", partition_id(0), offset_};
}

stream::token_ref make_entry_token(std::shared_ptr<entry_receipt> receipt, record_offset offset,
                                   std::shared_ptr<std::atomic<bool>> rejected) {
  return stream::token_ref(
      std::make_unique<entry_token>(std::move(receipt), offset, std::move(rejected)).release()); // destroys itself
}

} // namespace cloudflow::native::detail
