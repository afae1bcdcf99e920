#include "cloudflow/blueprint/internal/named_file.hpp"

namespace cloudflow::blueprint::internal {

namespace {

constexpr std::size_t size_limit = 1U << 20U; // bytes

} // namespace

named_file file_named(std::string_view path, const origin& where) {
  return {std::filesystem::path(where.name()).parent_path() / std::string(path), where};
}

expected<std::string, std::string> text_of(const named_file& file, const config::text_reader& reader) {
  const auto refuse = [](const char* reason) { return unexpected(std::string(reason)); };
  if (file.path.native().find('\0') != std::string::npos) return refuse("a path has no zero bytes");
  auto read = reader(file.path, {});
  if (!read) return unexpected(std::move(read).error());
  if (!*read) return refuse("there is no such file");
  if ((*read)->size() > size_limit) return refuse("it is larger than 1 MiB");
  if ((*read)->find('\0') != std::string::npos) return refuse("it holds zero bytes, so it is no text");
  return std::move(**read);
}

} // namespace cloudflow::blueprint::internal
