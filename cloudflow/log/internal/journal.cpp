#include "cloudflow/log/internal/journal.hpp"

#include <bit>
#include <cstring>

namespace cloudflow::log::internal {

namespace {

constexpr std::string_view format_name = "cloudflow-log";
constexpr std::uint32_t format_version = 1;

packer key(char kind) {
  packer k;
  k.raw("l").u8(static_cast<std::uint8_t>(kind));
  return k;
}
packer key(char kind, std::uint32_t uid) { return key(kind).u32(uid); }
packer key(char kind, std::uint32_t uid, std::int32_t partition) {
  return key(kind, uid).u32(static_cast<std::uint32_t>(partition));
}

unexpected<error> unreadable(const char* what) {
  return system_error(errc::corrupt, std::string("the data folder of the log is damaged: ") + what +
                                         " cannot be read; restore it from a copy, or begin with an empty folder");
}

} // namespace

packer& packer::u8(std::uint8_t v) {
  out_.push_back(static_cast<std::byte>(v));
  return *this;
}
packer& packer::u32(std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out_.push_back(static_cast<std::byte>(v >> shift));
  return *this;
}
packer& packer::u64(std::uint64_t v) {
  return u32(static_cast<std::uint32_t>(v >> 32)).u32(static_cast<std::uint32_t>(v));
}
packer& packer::raw(std::string_view text) {
  const auto b = as_bytes(text);
  out_.insert(out_.end(), b.begin(), b.end());
  return *this;
}
packer& packer::text(std::string_view text) { return u32(static_cast<std::uint32_t>(text.size())).raw(text); }

bytes_view unpacker::take(std::size_t n) {
  if (!ok_ || left_.size() < n) {
    ok_ = false;
    left_ = {};
    return {};
  }
  const auto taken = left_.first(n);
  left_ = left_.subspan(n);
  return taken;
}
std::uint8_t unpacker::u8() {
  const auto b = take(1);
  return b.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(b[0]);
}
std::uint32_t unpacker::u32() {
  std::uint32_t v = 0;
  for (const auto b : take(4)) v = v << 8 | std::to_integer<std::uint32_t>(b);
  return v;
}
std::uint64_t unpacker::u64() {
  const std::uint64_t high = u32();
  return high << 32 | u32();
}
std::string_view unpacker::text() {
  const auto n = u32();
  return as_text(take(n));
}
std::string_view unpacker::rest() { return as_text(take(left_.size())); }

namespace keys {

bytes format() { return key('v').view(); }
bytes next_uid() { return key('u').view(); }
bytes topic(std::uint32_t uid) { return key('t', uid).view(); }
bytes removed(std::uint32_t uid) { return key('z', uid).view(); }
bytes writer(std::uint32_t uid, std::string_view name) { return key('w', uid).raw(name).view(); }
bytes reader(std::uint32_t uid, std::string_view group) { return key('d', uid).raw(group).view(); }
bytes id(std::string_view transactional_id) { return key('x').raw(transactional_id).view(); }
bytes committed(std::uint32_t uid, std::int32_t partition, std::string_view group) {
  return key('c', uid, partition).raw(group).view();
}
bytes head(std::uint32_t uid, std::int32_t partition) { return key('p', uid, partition).view(); }
bytes chunk(std::uint32_t uid, std::int32_t partition, std::int64_t first) {
  return key('r', uid, partition).i64(first).view();
}
bytes segment(std::uint32_t uid, std::int32_t partition, std::int64_t base) {
  return key('i', uid, partition).i64(base).view();
}
bytes open(std::uint32_t uid, std::int32_t partition, std::uint64_t transaction) {
  return key('o', uid, partition).u64(transaction).view();
}
bytes aborted(std::uint32_t uid, std::int32_t partition, std::int64_t marker) {
  return key('a', uid, partition).i64(marker).view();
}
store::key_range all(char kind) { return store::keys_with_prefix(key(kind).view()); }
store::key_range all(char kind, std::uint32_t uid) { return store::keys_with_prefix(key(kind, uid).view()); }
store::key_range all(char kind, std::uint32_t uid, std::int32_t partition) {
  return store::keys_with_prefix(key(kind, uid, partition).view());
}

} // namespace keys

bytes pack(const topic_spec& s) {
  packer p;
  p.text(s.name.value()).u32(static_cast<std::uint32_t>(s.partitions)).u8(static_cast<std::uint8_t>(s.cleanup));
  p.u8(s.retention_time ? 1 : 0).i64(s.retention_time ? s.retention_time->count() : 0);
  p.u8(s.retention_bytes ? 1 : 0).u64(s.retention_bytes.value_or(0));
  p.i64(s.tombstone_retention.count()).u8(static_cast<std::uint8_t>(s.timestamps));
  p.u64(s.max_record_bytes).u64(s.max_memory_bytes).u32(static_cast<std::uint32_t>(s.settings.size()));
  for (const auto& [name, value] : s.settings) p.text(name).text(value);
  return p.view();
}

std::optional<topic_spec> unpack_spec(bytes_view data) {
  unpacker u(data);
  topic_spec s;
  s.name = topic_name(std::string(u.text()));
  s.partitions = static_cast<std::int32_t>(u.u32());
  const auto cleanup = u.u8();
  s.cleanup = static_cast<cleanup_policy>(cleanup);
  const bool by_time = u.u8() != 0;
  const auto kept = std::chrono::milliseconds(u.i64());
  if (by_time) s.retention_time = kept;
  const bool by_size = u.u8() != 0;
  const auto size = u.u64();
  if (by_size) s.retention_bytes = size;
  s.tombstone_retention = std::chrono::milliseconds(u.i64());
  const auto stamps = u.u8();
  s.timestamps = static_cast<timestamp_kind>(stamps);
  s.max_record_bytes = u.u64();
  s.max_memory_bytes = u.u64();
  for (auto n = u.u32(); n > 0 && u.ok(); --n) {
    std::string name(u.text());
    s.settings[std::move(name)] = u.text();
  }
  if (!u.done() || s.name.value().empty() || s.partitions < 1 || s.partitions > 10'000 || cleanup > 2 || stamps > 1)
    return std::nullopt;
  return s;
}

result<std::unique_ptr<journal>> journal::open(store::byte_store& store, bool sync, bool read_only) {
  auto made = std::unique_ptr<journal>(new journal(store, sync, read_only)); // NOLINT: private constructor
  auto known = made->get(keys::format());
  if (!known) return unexpected(std::move(known).error());
  if (*known) {
    unpacker u(**known);
    if (u.text() != format_name) return unreadable("what says its format");
    const auto version = u.u32();
    const auto order = u.u8();
    made->run_ = u.u64();
    if (version > format_version)
      return user_error(errc::incompatible, "the data folder of the log has format " + std::to_string(version) +
                                                ", this program knows up to " + std::to_string(format_version) +
                                                ": use the newer program that wrote it, or another folder");
    if (!u.done()) return unreadable("what says its format");
    if (order != (std::endian::native == std::endian::little ? 1 : 0))
      return user_error(errc::incompatible,
                        "the data folder of the log was written on a machine with another byte order");
  } else {
    auto cursor = store.scan(store::keys_with_prefix(as_bytes("l")));
    const auto any = cursor->next();
    if (!any) return unexpected(any.error());
    if (*any) return unreadable("what says its format");
    if (read_only) return user_error(errc::not_found, "there is no log in the data folder");
  }
  if (read_only) return made;
  ++made->run_;
  packer format;
  format.text(format_name).u32(format_version).u8(std::endian::native == std::endian::little ? 1 : 0).u64(made->run_);
  if (auto put = made->put(keys::format(), format.view()); !put) return unexpected(std::move(put).error());
  return made;
}

result<void> journal::write(const store::write_batch& batch) {
  if (read_only_) return user_error(errc::unsupported, "the log was opened to read only");
  if (auto written = store_.write(batch); !written) return unexpected(written.error().wrap("cannot write the log"));
  if (!sync_) return {};
  if (auto synced = store_.sync(); !synced) return unexpected(synced.error().wrap("cannot sync the log"));
  return {};
}

result<void> journal::put(const bytes& key, const bytes& value) {
  store::write_batch batch;
  batch.put(key, value);
  return write(batch);
}

result<void> journal::remove(const store::key_range& range) {
  if (read_only_) return {};
  return store_.remove_range(range);
}

result<std::optional<bytes>> journal::get(const bytes& key) const {
  bytes value;
  auto found = store_.get(key, value);
  if (!found) return unexpected(std::move(found).error());
  if (!*found) return std::optional<bytes>();
  return std::optional(std::move(value));
}

result<void> journal::scan(const store::key_range& range,
                           const std::function<bool(unpacker key, bytes_view value)>& visit) const {
  const auto cursor = store_.scan(range);
  for (;;) {
    auto more = cursor->next();
    if (!more) return unexpected(std::move(more).error());
    if (!*more) return {};
    const auto k = cursor->key();
    if (k.size() < 2 || !visit(unpacker(k.subspan(2)), cursor->value()))
      return unreadable(("entry " + to_hex(k.first(std::min<std::size_t>(k.size(), 32)))).c_str());
  }
}

} // namespace cloudflow::log::internal
