#include "cloudflow/native/dead_letters.hpp"

#include <algorithm>

namespace cloudflow::native {

namespace {

bool is_full(std::size_t letters, std::size_t size) {
  return letters >= dead_letter_box::bound || size >= dead_letter_box::bound_bytes;
}

// Whole characters: a text in UTF-8 stays one.
std::string_view shortened(std::string_view text) {
  if (text.size() <= dead_letter_origin::longest_text) return text;
  auto end = dead_letter_origin::longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

} // namespace

log::outgoing_record dead_letter::outgoing() const {
  log::outgoing_record r;
  if (key) r.key = bytes_view(*key);
  if (value) r.value = bytes_view(*value);
  r.headers = headers.view();
  r.time = time;
  r.partition = partition;
  return r;
}

std::size_t dead_letter::size() const {
  return (key ? key->size() : 0) + (value ? value->size() : 0) + headers.view().encoded().size();
}

std::string dead_letter::said(std::string_view name) const {
  const auto text = headers.view().find(std::string(dead_letter_prefix) + std::string(name));
  return text ? std::string(as_text(*text)) : std::string();
}

dead_letter_origin::dead_letter_origin(const streamlet::streamlet_context& ctx, const port_name& inlet)
    : app_(ctx.app_id())
    , version_(ctx.settings().app_version)
    , streamlet_(ctx.name().value())
    , inlet_(inlet.value())
    , topic_(ctx.binding(inlet).topic.value()) {}

dead_letter dead_letter_origin::make(const log::record_view& record, const stream::failure& why, int attempts,
                                     timestamp now) const {
  dead_letter out;
  out.partition = record.source.partition;
  if (record.key) out.key.emplace(record.key->begin(), record.key->end());
  if (record.value) out.value.emplace(record.value->begin(), record.value->end());
  out.time = now;
  // A record that was sent back and failed again has such headers of its first death.
  for (const auto [name, value] : record.headers)
    if (!name.starts_with(dead_letter_prefix)) out.headers.add(name, value);
  const auto add = [&](std::string_view name, std::string_view text) {
    out.headers.add(std::string(dead_letter_prefix) + std::string(name), text);
  };
  const auto since_epoch = [](timestamp t) { return std::to_string(t.time_since_epoch().count()); };
  add("topic", topic_);
  add("partition", std::to_string(record.source.partition.value()));
  add("offset", std::to_string(record.offset.value()));
  add("timestamp", since_epoch(record.time));
  add("app", app_);
  if (!version_.empty()) add("app-version", version_);
  add("streamlet", streamlet_);
  add("inlet", inlet_);
  add("where", shortened(why.op));
  add("error", shortened(why.type));
  add("message", shortened(why.text));
  add("attempts", std::to_string(attempts));
  add("time", since_epoch(now));
  return out;
}

void dead_letter_box::post(dead_letter letter) {
  bool is_now = false;
  {
    const std::lock_guard lock(mutex_);
    const auto size = letter.size();
    is_now = !is_full(letters_.size(), bytes_) && is_full(letters_.size() + 1, bytes_ + size);
    bytes_ += size;
    letters_.push_back(std::move(letter));
  }
  if (is_now && on_full_) on_full_();
}

bool dead_letter_box::full() const {
  const std::lock_guard lock(mutex_);
  return is_full(letters_.size(), bytes_);
}

bool dead_letter_box::arm(const stream::waker& wake) {
  const std::lock_guard lock(mutex_);
  waker_ = wake;
  return !is_full(letters_.size(), bytes_);
}

void dead_letter_box::cut(stream::commit_id n) {
  const std::lock_guard lock(mutex_);
  cut_ = n;
  before_cut_ = letters_.size();
}

std::vector<dead_letter> dead_letter_box::take_first(std::size_t n) {
  std::vector<dead_letter> out;
  out.reserve(n);
  for (; n > 0; --n) {
    bytes_ -= letters_.front().size();
    out.push_back(std::move(letters_.front()));
    letters_.pop_front();
  }
  return out;
}

std::vector<dead_letter> dead_letter_box::take() {
  std::vector<dead_letter> out;
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    if (letters_.empty()) return out;
    out = take_first(letters_.size());
    before_cut_ = 0;
    wake = std::move(waker_);
  }
  wake.wake();
  return out;
}

std::vector<dead_letter> dead_letter_box::take(stream::commit_id n) {
  std::vector<dead_letter> out;
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    const auto count = cut_ == n ? before_cut_ : letters_.size();
    if (count == 0) return out;
    out = take_first(count);
    before_cut_ = 0;
    wake = std::move(waker_);
  }
  wake.wake();
  return out;
}

std::uint64_t breaker::reading(std::size_t count) {
  const std::lock_guard lock(mutex_);
  const auto first = seen_;
  seen_ += count;
  // Room for the new numbers: those of `window` before them are forgotten.
  for (std::size_t i = 0; dead_ > 0 && i < std::min(count, window); ++i) {
    const auto slot = static_cast<std::size_t>((first + i) % window);
    if (!dead_ones_.test(slot)) continue;
    dead_ones_.reset(slot);
    --dead_;
  }
  return first;
}

bool breaker::dead(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto slot = static_cast<std::size_t>(number % window);
  if (number + window < seen_ || dead_ones_.test(slot)) return false;
  dead_ones_.set(slot);
  ++dead_;
  if (tripped_ || dead_ <= window / 2) return false;
  tripped_ = true;
  return true;
}

} // namespace cloudflow::native
