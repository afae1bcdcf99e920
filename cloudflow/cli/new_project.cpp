#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/project_name.hpp"
#include "cloudflow/cli/templates.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

namespace cloudflow::cli {

namespace fs = std::filesystem;

namespace {

std::string filled_in(std::string_view text, const project_names& names) {
  const std::pair<std::string_view, std::string_view> words[] = {
      {"@name@", names.name}, {"@space@", names.space}, {"@class@", names.klass}, {"@version@", CLOUDFLOW_VERSION}};
  std::string out(text);
  for (const auto& [word, value] : words)
    for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at + value.size()))
      out.replace(at, word.size(), value);
  return out;
}

error cannot(const char* what, const fs::path& path, const std::string& why) {
  return {errc::io_error, error_source::user, false,
          std::string("cannot ") + what + " " + shown(path.string()) + ": " + why};
}

result<void> write_file(const fs::path& path, const std::string& text) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (failed) return unexpected(cannot("make the folder", path.parent_path(), failed.message()));
  std::ofstream out(path, std::ios::binary);
  if (out << text; !out.flush()) return unexpected(cannot("write", path, std::strerror(errno)));
  return {};
}

exit_status make_project(const std::string& given, shell& sh) {
  // The name may stand behind a folder: `new ~/src/sensors`.
  auto folder = fs::path(given);
  if (!folder.has_filename()) folder = folder.parent_path();
  const auto names = names_of_project(folder.filename().string());
  if (!names) {
    sh.err("cloudflow new: " + names.error().message + "\n");
    return exit_status::usage;
  }
  std::error_code failed;
  const auto status = fs::status(folder, failed);
  if (fs::exists(status)) {
    if (!fs::is_directory(status))
      return complain(sh, {errc::already_exists, error_source::user, false,
                           shown(folder.string()) + " is there already, and no folder"});
    const bool empty = fs::is_empty(folder, failed);
    if (failed) return complain(sh, cannot("look into", folder, failed.message()));
    if (!empty)
      return complain(sh, {errc::already_exists, error_source::user, false,
                           "the folder " + shown(folder.string()) +
                               " is there already and not empty; nothing was written. Take another name or remove it"});
  }
  for (const auto& file : project_templates()) {
    const auto name = file.name == "gitignore" ? std::string(".gitignore") : std::string(file.name);
    if (auto written = write_file(folder / name, filled_in(file.text, *names)); !written)
      return complain(sh, written.error());
  }
  sh.err("Made " + folder.string() + ". Go on with\n\n  cd " + folder.string() +
         "\n  cloudflow verify    # build; check the blueprint\n"
         "  cloudflow test      # the streamlets' tests\n"
         "  cloudflow run       # the whole application in one process\n");
  return exit_status::ok;
}

} // namespace

void add_new(command& root, shell& sh) {
  auto name = std::make_shared<std::string>(); // owners: the command
  root.add("new", "Develop", "Write a project that builds, tests and runs as it is")
      .needs("NAME", "Its name, or the folder that ends in it: lower-case letters, digits, dashes", *name)
      .details("An ingress, a processor and an egress in C++, their Avro schemas, a blueprint, a test, a README.\n"
               "An existing folder is used only if it is empty.")
      .example("sensors", "Makes ./sensors")
      .runs([&sh, name] { return make_project(*name, sh); });
}

} // namespace cloudflow::cli
