#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/streamlet/module_file.hpp"

namespace cloudflow::cli {

void add_version(command& root, shell& sh) {
  struct options {
    std::string output;
  };
  auto given = std::make_shared<options>(); // owners: the command
  root.add("version", "Tools", "Print the version, and what modules must be built with to be loaded")
      .output(given->output)
      .example("-o json", "The same for programs")
      .runs([&sh, given] {
        const auto note = streamlet::note_of_core();
        if (given->output == "text") {
          return print(sh, "cloudflow " CLOUDFLOW_VERSION "\nmodules: ABI " + std::to_string(note.abi) + ", " +
                               note.cxx_abi + ", " + note.compiler + "\n");
        }
        json_writer json(2);
        json.begin_object().member("version", CLOUDFLOW_VERSION).member("module_abi", static_cast<int>(note.abi));
        json.member("compiler", note.compiler).member("cxx_abi", note.cxx_abi).end_object();
        return print(sh, std::move(json).text() + "\n");
      });
}

} // namespace cloudflow::cli
