#include "cloudflow/cli/schema_file.hpp"

#include "cloudflow/cli/input.hpp"

namespace cloudflow::cli {

expected<schema::avro_schema, exit_status> read_schema(const std::string& file, shell& sh) {
  auto text = read_input(file, sh);
  if (!text) return unexpected(complain(sh, text.error()));
  auto parsed = schema::avro_schema::parse(*text, file == "-" ? "standard input" : file);
  if (parsed) return std::move(*parsed);
  print_problems(parsed.error(), sh);
  return unexpected(exit_status::problems);
}

} // namespace cloudflow::cli
