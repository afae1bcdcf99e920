#pragma once

#include "cloudflow/backend/backend.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloudflow::backend {

using backend_factory = std::function<std::unique_ptr<backend_port>()>;

/// The backends that a tool knows: those it was built with, and those that libraries in the folders of
/// `CLOUDFLOW_BACKEND_PATH` bring. Confined to the tool's main thread.
class registry {
  std::map<std::string, backend_factory, std::less<>> factories_;

public:
  void add(std::string name, backend_factory make);
  /// Loads every `libcloudflow-backend-*.so` of the folders (separated by ':'). Errors, all of them: a folder that is
  /// missing, a library that cannot be loaded, exports no `cloudflow_backend_plugin`, speaks another protocol, or
  /// brings a name that is taken.
  std::vector<error> load_path(const std::string& folders);
  [[nodiscard]] std::vector<std::string> names() const;
  /// Null if the name is not known.
  [[nodiscard]] std::unique_ptr<backend_port> make(std::string_view name) const;
};

/// What a library exports as `extern "C" const plugin* cloudflow_backend_plugin()`.
struct plugin {
  static constexpr std::uint32_t current_protocol = 3; ///< goes up with every change of the port
  std::uint32_t protocol;
  const char* name;
  std::unique_ptr<backend_port> (*make)();
};

} // namespace cloudflow::backend

/// Makes a library a backend: `CLOUDFLOW_BACKEND(echo_backend, "echo")`. Once per library, at global scope.
#define CLOUDFLOW_BACKEND(Class, Name)                                                                                 \
  extern "C" __attribute__((visibility("default"))) const ::cloudflow::backend::plugin* cloudflow_backend_plugin() {   \
    static constexpr ::cloudflow::backend::plugin self = {                                                             \
        ::cloudflow::backend::plugin::current_protocol, Name,                                                          \
        []() -> ::std::unique_ptr<::cloudflow::backend::backend_port> { return ::std::make_unique<Class>(); }};        \
    return &self;                                                                                                      \
  }
