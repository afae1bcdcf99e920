#include "cloudflow/native/bad_records.hpp"

namespace cloudflow::native {

namespace {

using streamlet::error_policy;

metric_labels labels_of(const streamlet::streamlet_context& ctx, const port_name& port) {
  return {{"app", ctx.app_id()}, {"streamlet", ctx.name().value()}, {"port", port.value()}};
}

error_policy effective(error_policy declared, const streamlet::port_binding& binding) {
  const auto policy = binding.on_error != error_policy::by_default ? binding.on_error : declared;
  return policy == error_policy::by_default ? error_policy::dead_letter : policy;
}

} // namespace

bad_records::bad_records(const port_name& inlet, error_policy declared, bool has_handler,
                         const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task)
    : inlet_(inlet)
    , task_(std::move(task))
    , policy_(effective(declared, ctx.binding(inlet)))
    , handler_rules_(has_handler && ctx.binding(inlet).on_error == error_policy::by_default)
    , retries_(ctx.binding(inlet).retries)
    , origin_(ctx, inlet)
    , retried_(&task_->metrics().get_counter("cloudflow_record_retries_total", labels_of(ctx, inlet),
                                             "Further attempts of records that could not be handled."))
    , skipped_(&task_->metrics().get_counter("cloudflow_records_skipped_total", labels_of(ctx, inlet),
                                             "Bad records that the inlet's policy or handler left out."))
    , dead_(&task_->metrics().get_counter("cloudflow_dead_letters_total", labels_of(ctx, inlet),
                                          "Bad records that went to the inlet's topic of dead letters.")) {
  if (handler_rules_ || policy_ != error_policy::dead_letter) return;
  letters_ = task_->dead_letters(inlet);
  if (!letters_)
    throw streamlet::context_error("inlet '" + inlet.value() +
                                   "' has the error policy dead-letter, and this host has no place for dead letters");
  writes_ = !ctx.binding(inlet).unique_group || task_->task() == partition_id(0);
  breaker_ = std::static_pointer_cast<breaker>(
      task_->shared("breaker of inlet " + inlet.value(), [] { return std::make_shared<breaker>(); }));
}

bad_records::verdict bad_records::judge(const log::record_view& record, std::size_t index, const stream::failure& why,
                                        int attempts) {
  if (policy_ == error_policy::fail) return give_up(why);
  if (policy_ == error_policy::skip) {
    skipped();
    return verdict::leave_out;
  }
  if (writes_) {
    dead_->add();
    letters_->post(origin_.make(record, why, attempts, clock_ ? clock_->wall_now() : record.time));
  }
  if (!breaker_->dead(first_ + index)) return verdict::leave_out;
  const auto share = "more than half of the last " + std::to_string(breaker::window) + " records of inlet '" +
                     inlet_.value() + "' became dead letters";
  stream::failure tripped{"breaker", share + "; the last because of: " + why.message(), "inlet " + inlet_.value(),
                          why.at};
  // This record is dealt with, so it is left out where the engine stops by itself.
  return give_up(tripped, share) == verdict::stop ? verdict::leave_out : verdict::fail;
}

bad_records::verdict bad_records::give_up(const stream::failure& why, const std::string& verdict_text) {
  if (!task_->stop_behind_commit(why, verdict_text)) return verdict::fail;
  stopped_ = true;
  return verdict::stop;
}

} // namespace cloudflow::native
