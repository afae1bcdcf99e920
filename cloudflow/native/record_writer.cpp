#include "cloudflow/native/record_writer.hpp"

namespace cloudflow::native {

std::optional<result<void>> pending_write::look() const {
  const std::lock_guard lock(state_->mutex);
  return state_->how;
}

void pending_write::then(std::function<void(const result<void>&)> call) const {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->how) {
      state_->then = std::move(call);
      return;
    }
  }
  call(*state_->how); // it changes no more
}

void pending_write::settle(result<void> how) const {
  std::function<void(const result<void>&)> call;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->how) return;
    state_->how = std::move(how);
    call.swap(state_->then);
  }
  if (call) call(*state_->how);
}

namespace detail {

writer_core::writer_core(const port_name& outlet, const schema::schema_definition& definition,
                         const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
    : name_(outlet.value())
    , task_(std::move(task))
    , gate_(task_->gate())
    , headers_(schema_headers(definition))
    , counters_(task_->metrics(), ctx, outlet) {
  writer_ = writer_of(outlet, task_->plain_writer(outlet), definition, *task_);
}

pending_write writer_core::write(const std::string* key, bytes_view value) {
  const pending_write pending;
  const auto refuse = [&](errc code, bool retriable, const std::string& why) {
    pending.settle(unexpected(error{code, error_source::system, retriable, "outlet '" + name_ + "': " + why}));
    return pending;
  };
  if (gate_ && gate_->closed())
    return refuse(errc::limit_exceeded, true, "what was written is not read as fast; try again later");
  if (flying_->load() >= bound)
    return refuse(errc::limit_exceeded, true, std::to_string(bound) + " records wait for the log; try again later");
  log::outgoing_record record;
  if (key != nullptr) record.key = as_bytes(*key);
  record.value = value;
  record.headers = headers_.view();
  result<void> sent;
  {
    const std::lock_guard lock(mutex_);
    if (!writer_) return refuse(errc::closed, false, "the streamlet is over");
    flying_->fetch_add(1);
    // The log may answer before `send` returns; nobody can be waiting for the answer by then, so no code of others runs
    // under the lock.
    sent = writer_->send({&record, 1}, [pending, flying = flying_](const auto& delivered) {
      flying->fetch_sub(1);
      pending.settle(delivered ? result<void>() : unexpected(delivered.error()));
    });
  }
  if (sent) {
    counters_.written(1, value.size());
    return pending;
  }
  flying_->fetch_sub(1);
  return refuse(sent.error().code, sent.error().retriable, sent.error().message);
}

void writer_core::close() {
  const std::lock_guard lock(mutex_);
  writer_.reset();
}

} // namespace detail

} // namespace cloudflow::native
