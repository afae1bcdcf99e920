#include "cloudflow/backend/registry.hpp"

#include <algorithm>
#include <dlfcn.h>

namespace cloudflow::backend {

std::string_view name_of(instance_phase phase) {
  switch (phase) {
  case instance_phase::starting: return "starting";
  case instance_phase::ready: return "ready";
  case instance_phase::completed: return "completed";
  case instance_phase::drained: return "drained";
  case instance_phase::failed: return "failed";
  case instance_phase::restarting: return "restarting";
  case instance_phase::degraded: return "degraded";
  }
  return "unknown";
}

void registry::add(std::string name, backend_factory make) { factories_[std::move(name)] = std::move(make); }

std::vector<error> registry::load_path(const std::string& folders) {
  namespace fs = std::filesystem;
  std::vector<error> errors;
  auto refuse = [&](errc code, std::string text) {
    errors.push_back({code, error_source::user, false, std::move(text)});
  };
  for (std::size_t from = 0; from <= folders.size();) {
    const auto to = std::min(folders.find(':', from), folders.size());
    const fs::path folder = folders.substr(from, to - from);
    from = to + 1;
    if (folder.empty()) continue;
    std::error_code failed;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("libcloudflow-backend-") && name.ends_with(".so")) files.push_back(entry.path());
    }
    if (failed) {
      refuse(errc::not_found, "CLOUDFLOW_BACKEND_PATH: cannot read " + folder.string() + ": " + failed.message());
      continue;
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      void* handle = ::dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
      if (!handle) {
        const char* why = ::dlerror();
        refuse(errc::io_error, "cannot load backend " + file.string() + ": " + (why ? why : "unknown reason"));
        continue;
      }
      using entry_point = const plugin* (*)();
      const auto entry = reinterpret_cast<entry_point>(::dlsym(handle, "cloudflow_backend_plugin"));
      const plugin* found = entry ? entry() : nullptr;
      if (!found) {
        refuse(errc::invalid_argument, file.string() + " exports no backend: write CLOUDFLOW_BACKEND(Class, \"name\")");
      } else if (found->protocol != plugin::current_protocol) {
        refuse(errc::incompatible, file.string() + " speaks backend protocol " + std::to_string(found->protocol) +
                                       ", this program " + std::to_string(plugin::current_protocol) +
                                       ": build it again with the installed cloudflow");
      } else if (factories_.contains(found->name)) {
        refuse(errc::already_exists, file.string() + " brings backend '" + found->name + "', which is known already");
      } else {
        add(found->name, [make = found->make] { return make(); });
      }
    }
  }
  return errors;
}

std::vector<std::string> registry::names() const {
  std::vector<std::string> out;
  for (const auto& [name, make] : factories_) out.push_back(name);
  return out;
}

std::unique_ptr<backend_port> registry::make(std::string_view name) const {
  const auto at = factories_.find(name);
  return at == factories_.end() ? nullptr : at->second();
}

} // namespace cloudflow::backend
