#include "cloudflow/native/http/ingress_routes.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/native/http/record_upload.hpp"
#include "cloudflow/native/http/request_key.hpp"
#include "cloudflow/schema/json_encoding.hpp"
#include "cloudflow/streamlet/context.hpp"

namespace cloudflow::native {

namespace {

http::response try_later(std::string_view why) {
  auto out = http::error_response(503, why);
  out.headers.add("Retry-After", "1");
  return out;
}

constexpr std::string_view log_does_not_keep_up = "the log does not keep up: send the record again";

class record_receipt final : public entry_receipt {
  http::responder answer_;

public:
  explicit record_receipt(http::responder answer)
      : answer_(std::move(answer)) {}
  void settled(entry_outcome how) noexcept override {
    switch (how) {
    case entry_outcome::acknowledged: return answer_.respond({202, {}, {}});
    case entry_outcome::rejected:
      return answer_.respond(http::error_response(500, "the streamlet failed at this record"));
    case entry_outcome::pushed_back: return answer_.respond(try_later(log_does_not_keep_up));
    case entry_outcome::lost: return answer_.respond(try_later("the record may not be in the log: send it again"));
    }
  }
};

bool is_json(const std::string& media_type) {
  return media_type.empty() || media_type == "application/json" ||
         (media_type.starts_with("application/") && media_type.ends_with("+json"));
}

http::response bad_record(const diagnostic& why) {
  json_writer json;
  json.begin_object().member("error", why.message);
  if (why.where) json.member("line", std::int64_t{why.where->line}).member("column", std::int64_t{why.where->column});
  if (!why.hint.empty()) json.member("hint", why.hint);
  json.end_object();
  return http::text_response(400, std::move(json).text() + "\n", "application/json");
}

std::shared_ptr<const schema::avro_schema> parsed(const schema::schema_definition& definition) {
  if (definition.format != "avro") return nullptr;
  auto schema = schema::avro_schema::parse(definition.text, definition.name);
  if (!schema) throw streamlet::context_error("the schema of '" + definition.name + "' cannot be read");
  return std::make_shared<const schema::avro_schema>(std::move(*schema));
}

void take_record(const schema::avro_schema* schema, record_entrance& entrance, http::request&& r,
                 http::responder&& answer) {
  if (r.headers.find("Content-Encoding") != nullptr)
    return answer.respond(http::error_response(415, "an encoded body is not read here"));
  auto key = request_key_of(r.headers);
  if (!key.problem.empty()) return answer.respond(http::error_response(400, key.problem));
  bytes value;
  if (schema != nullptr) {
    const auto type = http::media_type_of(r.headers);
    if (!is_json(type))
      return answer.respond(http::error_response(415, "the body should be application/json, not " + type));
    if (r.body.empty()) return answer.respond(http::error_response(400, "the body is empty: it should be a record"));
    if (auto done = schema::json_to_binary(*schema, r.body, value); !done)
      return answer.respond(bad_record(done.error()));
  } else {
    if (r.body.empty()) return answer.respond(http::error_response(400, "the body is empty: it should be a record"));
    value = to_bytes(r.body);
  }
  switch (entrance.offer(value, std::make_shared<record_receipt>(answer), std::move(key.text))) {
  case offer_outcome::taken: return;
  case offer_outcome::full: return answer.respond(try_later(log_does_not_keep_up));
  case offer_outcome::closed: return answer.respond(try_later("the streamlet stops: send the record again"));
  }
}

} // namespace

void add_record_route(http::route_table& routes, const std::string& path, std::shared_ptr<record_entrance> entrance,
                      const schema::schema_definition& definition) {
  const http::handler take = [entrance = std::move(entrance), schema = parsed(definition)](http::request r,
                                                                                           http::responder answer) {
    take_record(schema.get(), *entrance, std::move(r), std::move(answer));
  };
  routes.on("POST", path, take).on("PUT", path, take);
}

void add_stream_route(http::route_table& routes, const std::string& path, std::shared_ptr<record_entrance> entrance,
                      const schema::schema_definition& definition) {
  auto schema = parsed(definition);
  if (!schema) throw streamlet::context_error("an upload of many records wants an Avro schema");
  const http::stream_handler take = [entrance = std::move(entrance), schema = std::move(schema)](
                                        http::request r, http::body_reader body, http::responder answer) {
    record_upload::start(entrance, schema, r, std::move(body), std::move(answer));
  };
  routes.stream("POST", path, take).stream("PUT", path, take);
}

} // namespace cloudflow::native
