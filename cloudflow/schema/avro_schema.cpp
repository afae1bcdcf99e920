#include "cloudflow/schema/avro_schema.hpp"

#include "cloudflow/base/hash.hpp"
#include "cloudflow/schema/internal/avro_builder.hpp"
#include "cloudflow/schema/internal/avro_canonical.hpp"

namespace cloudflow::schema {

expected<avro_schema, std::vector<diagnostic>> avro_schema::parse(std::string_view text, std::string source) {
  const auto name = std::make_shared<const std::string>(std::move(source));
  auto document = parse_json(text, name);
  if (!document) return unexpected(std::vector<diagnostic>{std::move(document).error()});
  auto built = std::make_shared<model>();
  auto problems = detail::build(*built, *document, name);
  if (!problems.empty()) return unexpected(std::move(problems));
  built->text = text;
  built->canonical = detail::canonical_form(*built->root);
  built->ids = {crc64_avro(as_bytes(built->canonical)), sha256(as_bytes(built->canonical))};
  return avro_schema(std::move(built));
}

const avro_type& avro_schema::root() const { return *model_->root; }
const std::string& avro_schema::canonical() const { return model_->canonical; }
const fingerprints& avro_schema::ids() const { return model_->ids; }
const std::string& avro_schema::text() const { return model_->text; }
const std::vector<const avro_type*>& avro_schema::named_types() const { return model_->named; }

schema_definition avro_schema::definition() const {
  const auto& type = root();
  return {type.named() ? type.name : std::string(name_of(type.kind)), "avro", model_->text, model_->ids};
}

error as_error(const std::vector<diagnostic>& problems) {
  error out{errc::parse_error, error_source::user, false, "the schema cannot be read"};
  if (problems.empty()) return out;
  out.message = problems.front().message;
  out.where = problems.front().where;
  if (problems.size() > 1) out.message += " (and " + std::to_string(problems.size() - 1) + " more)";
  return out;
}

} // namespace cloudflow::schema
