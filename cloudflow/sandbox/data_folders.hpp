#pragma once

#include <filesystem>

namespace cloudflow::sandbox {

/// What lies where in the folder of `--data-dir`. One place knows: a run writes it, the tools for its data read it.
struct data_folders {
  std::filesystem::path log;    ///< the store of topics, positions and state
  std::filesystem::path mounts; ///< volume mounts that no configuration places; one folder for each streamlet

  explicit data_folders(const std::filesystem::path& data_dir)
      : log(data_dir / "log")
      , mounts(data_dir / "mounts") {}
};

} // namespace cloudflow::sandbox
