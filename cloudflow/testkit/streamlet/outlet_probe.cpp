#include "cloudflow/testkit/streamlet/outlet_probe.hpp"

#include "cloudflow/native/inlet_port.hpp"
#include "cloudflow/schema/generic_value.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

namespace cloudflow::testkit::detail {

class probe_core::writer final : public log::topic_writer {
  std::shared_ptr<probe_core> core_; // owners: the rig, its probes and writers

public:
  explicit writer(std::shared_ptr<probe_core> core)
      : core_(std::move(core)) {}
  result<void> send(std::span<const log::outgoing_record> records, log::delivery_callback done) override {
    return core_->accept(records, std::move(done));
  }
  std::int32_t partitions() const override { return 1; }
};

std::unique_ptr<log::topic_writer> probe_core::make_writer() { return std::make_unique<writer>(shared_from_this()); }

result<void> probe_core::accept(std::span<const log::outgoing_record> records, log::delivery_callback done) {
  if (failed_) return system_error(errc::io_error, *failed_);
  if (watched_ && records_.size() + records.size() > bound_) overflown_ = true;
  if (refuse_ || overflown_) return system_error(errc::limit_exceeded, "the log is full", true);
  if (watched_)
    for (const auto& each : records) {
      auto& r = records_.emplace_back();
      if (each.value) r.value.assign(each.value->begin(), each.value->end());
      if (each.key) r.key = std::string(as_text(*each.key));
      r.time = each.time.value_or(clock_.wall_now());
      bool known = false;
      r.schema = native::detail::schema_id_of(each.headers, known);
      for (const auto& h : each.headers)
        if (h.name != native::schema_header) r.headers.emplace_back(std::string(h.name), std::string(as_text(h.value)));
    }
  if (!done) return {};
  if (hold_)
    pending_.push_back(std::move(done));
  else
    done(std::span<const log::delivered>());
  return {};
}

std::vector<probe_core::raw> probe_core::take() {
  auto out = std::exchange(records_, {});
  if (std::exchange(overflown_, false)) make_room();
  return out;
}

void probe_core::acknowledge() {
  hold_ = false;
  for (const auto& done : std::exchange(pending_, {})) done(std::span<const log::delivered>());
}

void probe_core::refuse(bool yes) {
  refuse_ = yes;
  if (!yes) make_room();
}

void probe_core::fail(std::string text) {
  failed_ = std::move(text);
  for (const auto& done : std::exchange(pending_, {})) done(system_error(errc::io_error, *failed_));
  make_room();
}

void probe_core::make_room() {
  for (const auto& wake : std::exchange(wants_room_, {})) wake.wake();
}

void unreadable(const port_name& outlet, const std::string& reason) {
  throw expectation_failed("a record of outlet '" + outlet.value() + "' cannot be read: " + reason);
}

namespace {

constexpr std::size_t shown = 20;

std::string as_json(const std::optional<schema::avro_schema>& schema, bytes_view value) {
  if (!schema) return to_hex(value);
  const auto read = schema::decode_generic(*schema, value);
  return read ? schema::to_json(*schema, *read) : to_hex(value);
}

void list(std::string& text, const char* title, const std::vector<bytes>& values, std::size_t from,
          const std::optional<schema::avro_schema>& schema) {
  text += std::string("\n  ") + title + " " + std::to_string(values.size()) + " records";
  if (from > 0) text += ", from number " + std::to_string(from);
  for (auto i = from; i < values.size() && i < from + shown; ++i) text += "\n    " + as_json(schema, values[i]);
  if (values.size() > from + shown) text += "\n    ...";
}

} // namespace

void differs(const probe_core& probe, const schema::schema_definition& definition, const std::vector<bytes>& wanted,
             const std::vector<bytes>& seen) {
  std::optional<schema::avro_schema> schema;
  if (!definition.text.empty())
    if (auto parsed = schema::avro_schema::parse(definition.text, definition.name)) schema = std::move(*parsed);
  std::size_t same = 0;
  while (same < wanted.size() && same < seen.size() && wanted[same] == seen[same]) ++same;
  std::string text = "outlet '" + probe.outlet().value() + "' wrote other records than expected; the first " +
                     std::to_string(same) + " are equal";
  list(text, "expected", wanted, same, schema);
  list(text, "written ", seen, same, schema);
  throw expectation_failed(text + probe.note());
}

} // namespace cloudflow::testkit::detail
