#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/streamlet/descriptor.hpp"
#include "cloudflow/streamlet/module.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cloudflow::streamlet {

/// What a module file says without being loaded: its ELF note and the section `.cloudflow.descriptor`. Immutable value.
struct module_file {
  module_note note;
  std::string descriptor_json; ///< empty if the build's last step has not run
};

/// Reads an ELF64 file. Errors: `io_error`, `corrupt` (no ELF file, tables outside the file), `invalid_argument` (an
/// ELF file that is no Cloudflow module).
CLOUDFLOW_API result<module_file> read_module_file(const std::filesystem::path& file);

/// The note of the core that is running.
CLOUDFLOW_API module_note note_of_core();

/// Whether a module with this note may be loaded beside this core. Errors: `incompatible`, naming both sides and what
/// to do.
CLOUDFLOW_API result<void> check_loadable(const module_note& module, const module_note& core);

/// A loaded module; stays loaded as long as the process lives (its types and code are in use everywhere). Immutable.
class CLOUDFLOW_API module_library {
  std::vector<const module_entry*> entries_;
  explicit module_library(std::vector<const module_entry*> entries)
      : entries_(std::move(entries)) {}

public:
  /// Reads the note first and loads only what fits. Errors: those of read_module_file and check_loadable; `io_error`
  /// with the loader's text.
  static result<module_library> open(const std::filesystem::path& file);

  /// Of the module and of the shared libraries that it needs.
  [[nodiscard]] std::span<const module_entry* const> entries() const { return entries_; }
  [[nodiscard]] const module_entry* find(std::string_view class_name) const;
};

} // namespace cloudflow::streamlet
