#include "cloudflow/native/changelog_reader.hpp"

#include <utility>

namespace cloudflow::native {

result<std::unique_ptr<changelog_reader>> changelog_reader::open(log::topic_log& log, const topic_name& changelog,
                                                                 partition_id task,
                                                                 std::function<void()> on_available) {
  std::unique_ptr<changelog_reader> made(new changelog_reader);
  const auto described = log.describe_topic(changelog);
  if (!described) {
    if (described.error().code == errc::not_found) return made;
    return unexpected(described.error());
  }
  const auto& partitions = described->partitions;
  if (std::cmp_greater_equal(task.value(), partitions.size()))
    return user_error(errc::incompatible, "the changelog " + changelog.value() + " has " +
                                              std::to_string(partitions.size()) + " partitions, so there is none for " +
                                              "partition " + std::to_string(task.value()) +
                                              " of the input: a topic that feeds keyed state cannot grow");
  const auto& at = partitions[static_cast<std::size_t>(task.value())];
  if (at.last_stable <= at.first) return made;
  made->end_ = at.last_stable;
  log::consumer_options options;
  options.topics = {changelog};
  options.membership = log::membership::chosen;
  options.partitions = {task};
  options.on_available = std::move(on_available);
  auto consumer = log.open_consumer(std::move(options));
  if (!consumer) return unexpected(consumer.error());
  made->consumer_ = std::move(*consumer);
  return made;
}

result<changelog_reader::progress> changelog_reader::read(changelog_state& into) {
  if (!consumer_) return progress::done;
  for (int polls = 0; polls < polls_at_once; ++polls) {
    if (auto done = consumer_->poll({}, polled_); !done) return unexpected(done.error());
    bool over = false;
    for (const auto& r : polled_.records) {
      if (r.offset >= end_) { // another has written since: of a task that is fenced by now
        over = true;
        break;
      }
      if (r.key)
        if (auto done = into.restore(*r.key, r.value); !done) return unexpected(done.error());
    }
    for (const auto& event : polled_.events)
      for (const auto& p : event.positions)
        over = over || (event.kind == log::consumer_event_kind::end_of_partition && p.next >= end_);
    if (const auto at = consumer_->position({0, consumer_->assignment().front().partition}); at && *at >= end_)
      over = true;
    if (over) {
      consumer_.reset();
      polled_.clear();
      return progress::done;
    }
    if (!polled_.more) return progress::waiting;
  }
  return progress::more;
}

} // namespace cloudflow::native
