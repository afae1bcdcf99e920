#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/internal/named_file.hpp"
#include "cloudflow/schema/avro_schema.hpp"
#include "cloudflow/streamlet/ports.hpp"

namespace cloudflow::blueprint::internal {

void read_topic_schemas(verified_blueprint& plan, const config::text_reader& reader, std::vector<problem>& out) {
  for (auto& topic : plan.topics) {
    const auto& given = topic.settings.schema;
    if (!given || topic.schema) continue;
    const auto file = file_named(given->value, given->where);
    unusable_topic_schema p{topic.id, file.path.string(), {}, given->where};
    if (const auto text = text_of(file, reader); !text) {
      p.reasons.push_back(text.error());
    } else if (const auto schema = schema::avro_schema::parse(*text, p.file)) {
      topic.schema = streamlet::describe(schema->definition());
      continue;
    } else {
      for (const auto& d : schema.error())
        p.reasons.push_back((d.where ? d.where->text() + ": " : std::string()) + d.message);
    }
    out.emplace_back(std::move(p));
  }
}

} // namespace cloudflow::blueprint::internal
