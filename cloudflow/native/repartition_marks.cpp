#include "cloudflow/native/repartition_marks.hpp"

#include <algorithm>

namespace cloudflow::native {

namespace {

void put_little(std::uint64_t value, std::byte* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint64_t take_little(bytes_view from) {
  std::uint64_t value = 0;
  for (std::size_t i = from.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
  return value;
}

timestamp time_of(std::int64_t milliseconds) { return timestamp(std::chrono::milliseconds(milliseconds)); }
std::int64_t milliseconds_of(timestamp time) { return time.time_since_epoch().count(); }

} // namespace

std::array<std::byte, 8> encode_event_time(timestamp time) {
  std::array<std::byte, 8> out{};
  put_little(static_cast<std::uint64_t>(milliseconds_of(time)), out.data(), 8);
  return out;
}

std::optional<timestamp> decode_event_time(bytes_view from) {
  if (from.size() != 8) return std::nullopt;
  return time_of(static_cast<std::int64_t>(take_little(from)));
}

std::array<std::byte, 16> encode_mark(const writer_mark& mark) {
  std::array<std::byte, 16> out{};
  put_little(static_cast<std::uint32_t>(mark.writer), out.data(), 4);
  put_little(static_cast<std::uint32_t>(mark.writers), out.data() + 4, 4);
  put_little(static_cast<std::uint64_t>(milliseconds_of(mark.watermark)), out.data() + 8, 8);
  return out;
}

std::optional<writer_mark> decode_mark(bytes_view from) {
  if (from.size() != 16) return std::nullopt;
  const writer_mark mark{static_cast<std::int32_t>(take_little(from.first(4))),
                         static_cast<std::int32_t>(take_little(from.subspan(4, 4))),
                         time_of(static_cast<std::int64_t>(take_little(from.subspan(8))))};
  if (mark.writer < 0 || mark.writer >= mark.writers) return std::nullopt;
  return mark;
}

const repartition_marks::heard* repartition_marks::heard_of(std::int32_t writer) const {
  const auto at = writers_.find(writer);
  return at == writers_.end() ? nullptr : &at->second;
}

timestamp repartition_marks::heard_at(std::int32_t writer) const {
  const auto* found = heard_of(writer);
  return found != nullptr ? found->at : first_.value_or(now_);
}

result<void> repartition_marks::open() {
  open_ = true;
  if (state_ == nullptr) return {};
  return table_.open(*state_, name_,
                     [&](std::int64_t&& writer, std::tuple<std::int64_t, std::int64_t, std::int64_t>&& found) {
                       const auto& [mark, at, writers] = found;
                       writers_[static_cast<std::int32_t>(writer)] = {time_of(mark), time_of(at), false};
                       expected_ = std::max(expected_, static_cast<std::int32_t>(writers));
                       first_ = std::min(first_.value_or(time_of(at)), time_of(at));
                       note_time(time_of(at));
                     });
}

void repartition_marks::note_time(timestamp of_log) { now_ = std::max(now_, of_log); }

void repartition_marks::note(const writer_mark& mark, timestamp of_log) {
  note_time(of_log);
  if (!first_) first_ = of_log;
  expected_ = std::max(expected_, mark.writers);
  auto& writer = writers_[mark.writer];
  writer.mark = std::max(writer.mark, mark.watermark);
  writer.at = std::max(writer.at, of_log);
  writer.changed = true;
}

timestamp repartition_marks::watermark() {
  auto least = stream::end_of_time;
  for (std::int32_t w = 0; w < expected_; ++w) {
    if (now_ - heard_at(w) >= idle_after_) continue;
    const auto* found = heard_of(w);
    if (found == nullptr) return told_;
    least = std::min(least, found->mark);
  }
  if (least != stream::end_of_time) told_ = std::max(told_, least);
  return told_;
}

std::optional<timestamp> repartition_marks::due() const {
  bool ahead = false; // somebody is: it is worth waiting for the silent ones
  for (const auto& [w, each] : writers_) ahead = ahead || each.mark > told_;
  if (!ahead) return std::nullopt;
  std::optional<timestamp> first;
  for (std::int32_t w = 0; w < expected_; ++w) {
    const auto* found = heard_of(w);
    if (found != nullptr && found->mark > told_) continue;
    const auto at = heard_at(w) + idle_after_;
    if (at > now_) first = std::min(first.value_or(at), at);
  }
  return first;
}

void repartition_marks::seal(stream::commit_id n) {
  last_ = n;
  if (!table_.is_open()) return;
  for (auto& [w, each] : writers_)
    if (std::exchange(each.changed, false))
      table_.put(w, {milliseconds_of(each.mark), milliseconds_of(each.at), expected_});
  table_.seal(n);
}

} // namespace cloudflow::native
