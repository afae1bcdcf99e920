#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

#include "cloudflow/store/rocksdb/temporary_folder.hpp"

#include <algorithm>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace cloudflow::store {

namespace {

// RocksDB asserts that even an empty slice points somewhere.
rocksdb::Slice slice(bytes_view b) {
  return b.empty() ? rocksdb::Slice() : rocksdb::Slice(reinterpret_cast<const char*>(b.data()), b.size());
}
bytes_view view(const rocksdb::Slice& s) { return as_bytes({s.data(), s.size()}); }

unexpected<error> failure(const char* what, const std::filesystem::path& folder, const rocksdb::Status& status) {
  const auto message = std::string(what) + " the store in " + folder.string() + ": " + status.ToString();
  if (status.IsCorruption()) return system_error(errc::corrupt, message);
  if (status.IsNoSpace()) return system_error(errc::limit_exceeded, message, true);
  return system_error(errc::io_error, message);
}

bool is_rocksdb_file(const std::string& name) {
  for (const auto* known : {"CURRENT", "IDENTITY", "LOCK"})
    if (name == known) return true;
  for (const auto* known : {"LOG", "MANIFEST-", "OPTIONS-"})
    if (name.starts_with(known)) return true;
  for (const auto* known : {".log", ".sst", ".dbtmp", ".blob"})
    if (name.ends_with(known)) return true;
  return name == "archive" || name == "lost";
}

// A folder without CURRENT is new, or one whose maker was killed; anything else in it is not ours.
result<void> check_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  if (std::filesystem::exists(folder / "CURRENT", failed)) return {};
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (const auto name = at->path().filename().string(); !is_rocksdb_file(name))
      return user_error(errc::incompatible, folder.string() + " is no store: it holds '" + name +
                                                "'; name an empty folder, or one that a store was kept in");
  return {};
}

class rocksdb_cursor final : public cursor {
  rocksdb::Slice last_;
  const bytes last_bytes_;
  const std::filesystem::path folder_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> at_;
  bytes first_;
  bool begun_ = false;
  bool empty_ = false;

public:
  rocksdb_cursor(rocksdb::DB& db, const key_range& range, std::filesystem::path folder)
      : last_bytes_(range.last.value_or(bytes()))
      , folder_(std::move(folder))
      , first_(range.first) {
    last_ = slice(last_bytes_);
    if (range.last) {
      options_.iterate_upper_bound = &last_;
      empty_ = last_.compare(slice(first_)) <= 0;
    }
    at_.reset(db.NewIterator(options_));
  }
  result<bool> next() override {
    if (empty_) return false;
    if (begun_)
      at_->Next();
    else
      at_->Seek(slice(first_));
    begun_ = true;
    if (at_->Valid()) return true;
    empty_ = true;
    if (!at_->status().ok()) return failure("cannot scan", folder_, at_->status());
    return false;
  }
  [[nodiscard]] bytes_view key() const override { return view(at_->key()); }
  [[nodiscard]] bytes_view value() const override { return view(at_->value()); }
};

} // namespace

class rocksdb_memory::state {
public:
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
};

rocksdb_memory::rocksdb_memory(std::uint64_t bytes)
    : state_(std::make_shared<state>()) {
  state_->cache = rocksdb::NewLRUCache(bytes);
  state_->buffers = std::make_shared<rocksdb::WriteBufferManager>(bytes / 2, state_->cache);
}
rocksdb_memory::rocksdb_memory(const rocksdb_memory&) = default;
rocksdb_memory::~rocksdb_memory() = default;

class rocksdb_store::state {
public:
  std::unique_ptr<temporary_folder> temporary; // outlives the database in it
  std::filesystem::path folder;
  rocksdb_memory memory;
  rocksdb::WriteOptions writes;
  bool read_only = false;
  std::unique_ptr<rocksdb::DB> db;

  explicit state(rocksdb_memory m)
      : memory(std::move(m)) {}
};

rocksdb_store::rocksdb_store(std::unique_ptr<state> s)
    : state_(std::move(s)) {}
rocksdb_store::~rocksdb_store() = default;

result<std::unique_ptr<rocksdb_store::state>> rocksdb_store::open_state(const std::filesystem::path& folder,
                                                                        const rocksdb_memory& memory, use how) {
  const bool temporary = how == use::temporary;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_open_files = 256;
  options.write_buffer_size = 16 << 20;
  options.write_buffer_manager = memory.state_->buffers;
  options.max_background_jobs = 2;
  options.max_log_file_size = 1 << 20;
  options.keep_log_file_num = 2;
  options.compression = rocksdb::kNoCompression;
  options.info_log_level = rocksdb::WARN_LEVEL;
  if (temporary) { // written once, read once, removed in order
    options.compaction_style = rocksdb::kCompactionStyleUniversal;
    options.paranoid_checks = false;
  }
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.state_->cache;
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  auto opened = std::make_unique<state>(memory);
  opened->folder = folder;
  opened->writes.disableWAL = temporary;
  std::error_code failed;
  if (how == use::look) {
    if (!std::filesystem::exists(folder / "CURRENT", failed))
      return user_error(errc::not_found, "there is no store in " + folder.string());
    opened->read_only = true;
    rocksdb::DB* look = nullptr;
    options.create_if_missing = false;
    const auto status = rocksdb::DB::OpenForReadOnly(options, folder.string(), &look);
    opened->db.reset(look);
    if (!status.ok()) return failure("cannot open", folder, status);
    return opened;
  }
  std::filesystem::create_directories(folder, failed);
  if (auto ours = check_folder(folder); !ours) return unexpected(std::move(ours).error());
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, folder.string(), &db);
  opened->db.reset(db);
  if (status.ok()) return opened;
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    return system_error(errc::conflict, "the store in " + folder.string() +
                                            " is open already: end the other process that uses it, or take another "
                                            "folder (" +
                                            status.ToString() + ")");
  return failure("cannot open", folder, status);
}

result<std::unique_ptr<rocksdb_store>> rocksdb_store::open(const std::filesystem::path& folder,
                                                           const rocksdb_memory& memory) {
  auto opened = open_state(folder, memory, use::keep);
  if (!opened) return unexpected(std::move(opened).error());
  return std::unique_ptr<rocksdb_store>(new rocksdb_store(std::move(*opened))); // NOLINT: private constructor
}

result<std::unique_ptr<rocksdb_store>> rocksdb_store::open_read_only(const std::filesystem::path& folder,
                                                                     const rocksdb_memory& memory) {
  auto opened = open_state(folder, memory, use::look);
  if (!opened) return unexpected(std::move(opened).error());
  return std::unique_ptr<rocksdb_store>(new rocksdb_store(std::move(*opened))); // NOLINT: private constructor
}

result<std::unique_ptr<rocksdb_store>> rocksdb_store::open_temporary(const std::filesystem::path& parent,
                                                                     const rocksdb_memory& memory) {
  auto folder = temporary_folder::make(parent);
  if (!folder) return unexpected(std::move(folder).error());
  auto opened = open_state((*folder)->path() / "db", memory, use::temporary);
  if (!opened) return unexpected(std::move(opened).error());
  (*opened)->temporary = std::move(*folder);
  return std::unique_ptr<rocksdb_store>(new rocksdb_store(std::move(*opened))); // NOLINT: private constructor
}

const std::filesystem::path& rocksdb_store::folder() const { return state_->folder; }

result<bool> rocksdb_store::get(bytes_view key, bytes& into) const {
  rocksdb::PinnableSlice value;
  const auto status = state_->db->Get({}, state_->db->DefaultColumnFamily(), slice(key), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return failure("cannot read", state_->folder, status);
  const auto found = view(value);
  into.assign(found.begin(), found.end());
  return true;
}

result<void> rocksdb_store::write(const write_batch& batch) {
  if (state_->read_only)
    return user_error(errc::unsupported, "the store in " + state_->folder.string() + " was opened to read only");
  rocksdb::WriteBatch writes(batch.size_bytes() + 64);
  batch.for_each([&](bytes_view key, std::optional<bytes_view> value) {
    if (value)
      writes.Put(slice(key), slice(*value));
    else
      writes.Delete(slice(key));
  });
  const auto status = state_->db->Write(state_->writes, &writes);
  if (!status.ok()) return failure("cannot write to", state_->folder, status);
  return {};
}

std::unique_ptr<cursor> rocksdb_store::scan(const key_range& range) const {
  return std::make_unique<rocksdb_cursor>(*state_->db, range, state_->folder);
}

result<void> rocksdb_store::remove_range(const key_range& range) {
  if (state_->read_only)
    return user_error(errc::unsupported, "the store in " + state_->folder.string() + " was opened to read only");
  bytes last;
  if (range.last) {
    last = *range.last;
  } else { // RocksDB wants an end: the key after the last one
    const std::unique_ptr<rocksdb::Iterator> at(state_->db->NewIterator({}));
    at->SeekToLast();
    if (!at->status().ok()) return failure("cannot scan", state_->folder, at->status());
    if (!at->Valid()) return {};
    const auto key = view(at->key());
    last.assign(key.begin(), key.end());
    last.push_back(std::byte{0});
  }
  if (slice(range.first).compare(slice(last)) >= 0) return {};
  const auto status =
      state_->db->DeleteRange(state_->writes, state_->db->DefaultColumnFamily(), slice(range.first), slice(last));
  if (!status.ok()) return failure("cannot remove from", state_->folder, status);
  return {};
}

result<void> rocksdb_store::sync() {
  if (state_->temporary || state_->read_only) return {};
  const auto status = state_->db->FlushWAL(true);
  if (!status.ok()) return failure("cannot sync", state_->folder, status);
  return {};
}

} // namespace cloudflow::store
