#pragma once

#include "cloudflow/streamlet/descriptor.hpp"

#include <string>
#include <utility>

namespace cloudflow::streamlet {

enum class access_mode {
  read_write_many, ///< every replica reads and writes
  read_only_many   ///< every replica reads
};

/// A folder that the platform provides. Where it really lies only the context knows (`ctx.path(mount)`): the sandbox
/// puts a local folder in its place.
class volume_mount {
  volume_mount_descriptor descriptor_;

public:
  volume_mount(std::string name, std::string path, access_mode mode)
      : descriptor_{std::move(name), std::move(path),
                    mode == access_mode::read_write_many ? "ReadWriteMany" : "ReadOnlyMany"} {}
  [[nodiscard]] const std::string& name() const { return descriptor_.name; }
  [[nodiscard]] const volume_mount_descriptor& descriptor() const { return descriptor_; }
};

} // namespace cloudflow::streamlet
