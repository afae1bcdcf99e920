#include "cloudflow/sandbox/log_files.hpp"

#include <map>
#include <mutex>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <string>

namespace cloudflow::sandbox {

std::filesystem::path log_file_of(const std::filesystem::path& folder, std::string_view streamlet) {
  return folder / (std::string(streamlet) + ".log");
}

struct log_files::state {
  std::filesystem::path folder;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> files;

  spdlog::logger& file_of(const std::string& name) {
    const std::lock_guard lock(mutex);
    auto& slot = files[name];
    if (!slot) {
      slot = std::make_shared<spdlog::logger>(
          name, std::make_shared<spdlog::sinks::basic_file_sink_mt>(log_file_of(folder, name).string(), true));
      slot->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
      slot->set_level(spdlog::level::info);
      slot->flush_on(spdlog::level::info);
    }
    return *slot;
  }

  static void write(void* context, logging::level l, std::string_view logger, std::string_view message,
                    std::span<const logging::field> fields) {
    auto& self = *static_cast<state*>(context);
    std::string name = "cloudflow";
    constexpr std::string_view prefix = "streamlet.";
    if (logger.starts_with(prefix)) name = logger.substr(prefix.size());
    std::string line = std::string(logger) + ": " + std::string(message);
    for (const auto& f : fields) {
      if (f.key == "streamlet") name = f.value;
      line += " " + f.key + "=" + f.value;
    }
    static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                           spdlog::level::warn, spdlog::level::err};
    try {
      self.file_of(name).log(levels[static_cast<int>(l)], line);
    } catch (const std::exception&) { // a full disk must not end the application; the line is lost with it
    }
  }
};

log_files::log_files(const std::filesystem::path& folder)
    : state_(std::make_unique<state>()) {
  state_->folder = folder;
  logging::set_sink({&state::write, nullptr, state_.get()});
}

log_files::~log_files() { logging::set_sink({}); }

} // namespace cloudflow::sandbox
