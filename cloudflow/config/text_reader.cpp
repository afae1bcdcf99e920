#include "cloudflow/config/text_reader.hpp"

#include <fstream>
#include <sstream>
#include <system_error>

namespace cloudflow::config {

namespace fs = std::filesystem;

text_reader read_files() {
  return [](const fs::path& file, const fs::path& folder) -> expected<std::optional<std::string>, std::string> {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) return std::optional<std::string>{};
    if (!fs::is_regular_file(status)) return unexpected<std::string>("it is no regular file");
    const auto real = fs::canonical(file, error);
    if (error) return unexpected<std::string>(error.message());
    const auto real_folder = folder.empty() ? real.parent_path() : fs::canonical(folder, error);
    if (error) return unexpected<std::string>(error.message());
    const auto below = real.lexically_relative(real_folder);
    if (below.empty() || *below.begin() == "..") {
      return unexpected<std::string>("a symbolic link leads out of its folder");
    }
    const auto size = fs::file_size(real, error);
    if (error) return unexpected<std::string>(error.message());
    if (size > max_text_bytes) return unexpected<std::string>("it is larger than 64 MiB");
    std::ifstream in(real, std::ios::binary);
    if (!in) return unexpected<std::string>("it may not be read");
    std::ostringstream text;
    text << in.rdbuf();
    return std::optional<std::string>(std::move(text).str());
  };
}

text_reader read_nothing() {
  return [](const fs::path&, const fs::path&) -> expected<std::optional<std::string>, std::string> {
    return unexpected<std::string>("nothing is included here");
  };
}

} // namespace cloudflow::config
