#include "cloudflow/cli/data_dir.hpp"

#include "cloudflow/base/suggest.hpp"
#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/sandbox/data_folders.hpp"

#include <filesystem>

namespace cloudflow::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t cache_bytes = std::uint64_t{16} << 20U;

error taught(const error& why, const std::string& folder, data_use use) {
  const auto place = "the data folder " + shown(folder);
  switch (why.code) {
  case errc::conflict:
    return why.wrap(place + " is open in another process" +
                    (use == data_use::change ? ": end the run first, this command changes what it reads" : ""));
  case errc::incompatible:
    return why.wrap(place + " was written by another version or by another program; nothing in it was touched");
  case errc::corrupt: return why.wrap(place + " is damaged, or is not a run's; nothing in it was touched");
  case errc::not_found: return why.wrap(place + " holds no log: nothing has run on it");
  default: return why.wrap("cannot open " + place);
  }
}

} // namespace

result<data_dir> open_data_dir(const std::string& folder, data_use use) {
  std::error_code failed;
  if (!fs::exists(folder, failed))
    return user_error(errc::not_found,
                      "there is no data folder " + shown(folder) + "; `cloudflow run --data-dir DIR` makes one");
  if (!fs::is_directory(folder, failed)) return user_error(errc::not_found, shown(folder) + " is not a folder");
  const auto at = sandbox::data_folders(folder).log;
  if (!fs::exists(at / "CURRENT", failed))
    return user_error(errc::not_found, shown(folder) + " holds no log of a run: is it the folder that was given to "
                                                       "`cloudflow run --data-dir`?");
  const store::rocksdb_memory memory(cache_bytes);
  auto store =
      use == data_use::look ? store::rocksdb_store::open_read_only(at, memory) : store::rocksdb_store::open(at, memory);
  if (!store) return unexpected(taught(store.error(), folder, use));
  log::memory_log_options options;
  options.durable = store->get();
  options.read_only = use == data_use::look;
  auto log = log::memory_log::open(system_clock_source(), options);
  if (!log) return unexpected(taught(log.error(), folder, use));
  return data_dir{std::move(*store), std::move(*log)};
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > most ? out + " and " + std::to_string(names.size() - most) + " more" : out;
}

result<log::topic_description> find_topic(const log::topic_log& log, const std::string& name) {
  auto found = log.describe_topic(topic_name(name));
  if (found || found.error().code != errc::not_found) return found;
  auto topics = log.topics();
  if (!topics) return unexpected(topics.error());
  std::vector<std::string> names;
  for (const auto& t : *topics) names.push_back(t.value());
  const auto near = nearest(name, names);
  return user_error(errc::not_found, "there is no topic " + shown(name) +
                                         (near            ? "; did you mean '" + *near + "'?"
                                          : names.empty() ? "; the log has none yet"
                                                          : "; there are: " + listed(names)));
}

} // namespace cloudflow::cli
