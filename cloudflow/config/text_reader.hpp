#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/base/export.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace cloudflow::config {

/// Of one text, at most. Source: DETAILS 5.
inline constexpr std::uint64_t max_text_bytes = std::uint64_t{64} << 20;

/// The port through which includes are read: the text of `file`, which must lie in or below `folder`
/// (anywhere if that is empty); nullopt if there is no such file; the reason in words if it may not or cannot be read.
/// Tests and tools decide what is there.
using text_reader = std::function<expected<std::optional<std::string>, std::string>(
    const std::filesystem::path& file, const std::filesystem::path& folder)>;

/// Reads regular files; refuses those that symbolic links place outside of `folder`.
CLOUDFLOW_API text_reader read_files();
/// Reads nothing: every include is a problem.
CLOUDFLOW_API text_reader read_nothing();

} // namespace cloudflow::config
