#pragma once

#include "cloudflow/base/error.hpp"

#include <filesystem>
#include <memory>

namespace cloudflow::store {

/// A folder that is deleted with this object, and, if the process dies before, by the next one that makes a temporary
/// folder below the same parent. Confined to its owner.
class temporary_folder {
  std::filesystem::path path_;
  int lock_ = -1; // open as long as we live: the kernel lets go of it when we die

  temporary_folder(std::filesystem::path path, int lock)
      : path_(std::move(path))
      , lock_(lock) {}

public:
  /// Errors: `io_error`.
  static result<std::unique_ptr<temporary_folder>> make(const std::filesystem::path& parent);
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
};

} // namespace cloudflow::store
