#include "cloudflow/cli/record_reading.hpp"

#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/cli/record_text.hpp"

#include <algorithm>
#include <charconv>

namespace cloudflow::cli {

result<start_place> start_place_of(const std::string& text) {
  using kind = start_place::kind;
  if (text == "earliest") return start_place{kind::earliest};
  if (text == "latest") return start_place{kind::latest};
  if (const auto time = timestamp_of(text)) return start_place{kind::time, 0, *time};
  std::int64_t n = 0;
  const bool back = text.starts_with('-');
  const auto* begin = text.data() + (back ? 1 : 0);
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(begin, end, n);
  if (failed != std::errc() || stop != end || n < 0)
    return user_error(errc::invalid_argument,
                      "--from is earliest, latest, an offset, -N (N before the end) or a time as "
                      "2026-11-22T21:05:00Z, not " +
                          shown(text));
  return start_place{back ? kind::last : kind::offset, n};
}

result<record_offset> offset_of(const log::topic_log& log, const topic_partition& of, const start_place& place) {
  const auto has = log.offsets(of);
  if (!has) return unexpected(has.error());
  const auto first = has->first.value();
  const auto next = has->next.value();
  switch (place.how) {
  case start_place::kind::earliest: return has->first;
  case start_place::kind::latest: return has->next;
  case start_place::kind::offset: return record_offset(std::clamp(place.number, first, next));
  case start_place::kind::last: return record_offset(next - std::min(place.number, next - first));
  case start_place::kind::time: break;
  }
  const auto found = log.offset_at(of, place.time);
  if (!found) return unexpected(found.error());
  return found->value_or(has->next);
}

result<void> read_partition(log::topic_log& log, const topic_partition& of, record_offset from,
                            const std::function<bool(const log::record_view&)>& take) {
  log::consumer_options options;
  options.topics = {of.topic};
  options.membership = log::membership::chosen;
  options.partitions = {of.partition};
  options.client_id = "cloudflow";
  auto reader = log.open_consumer(options);
  if (!reader) return unexpected(reader.error());
  const log::source_partition source{0, of.partition};
  log::polled got;
  bool placed = false;
  for (;;) {
    if (auto polled = (*reader)->poll({}, got); !polled) return polled;
    if (!placed) { // the first poll assigns
      const auto assigned = (*reader)->assignment();
      if (std::find(assigned.begin(), assigned.end(), source) == assigned.end()) continue;
      placed = true;
      if (auto moved = (*reader)->seek(source, from); !moved) return moved;
      continue;
    }
    for (const auto& r : got.records)
      if (!take(r)) return {};
    if (got.more || !got.records.empty()) continue;
    const auto behind = (*reader)->lag(source);
    if (!behind) return unexpected(behind.error());
    if (*behind == 0) return {};
    const bool ended = std::any_of(got.events.begin(), got.events.end(), [](const auto& e) {
      return e.kind == log::consumer_event_kind::end_of_partition || e.kind == log::consumer_event_kind::completed ||
             e.kind == log::consumer_event_kind::lost;
    });
    if (ended || got.events.empty()) return {};
  }
}

} // namespace cloudflow::cli
