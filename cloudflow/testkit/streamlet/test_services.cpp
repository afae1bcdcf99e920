#include "cloudflow/testkit/streamlet/internal/test_services.hpp"

#include "cloudflow/schema/schema_cache.hpp"
#include "cloudflow/streamlet/context.hpp"

#include <algorithm>

namespace cloudflow::testkit::internal {

result<void> line_list::write(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

void hand_gate::set(bool closed) {
  closed_ = closed;
  if (closed) return;
  for (const auto& wake : std::exchange(waiting_, {})) wake.wake();
}

test_services::test_services(const clock_source& clock, bool has_inlets)
    : clock_(clock)
    , gate_(has_inlets ? nullptr : std::make_shared<hand_gate>()) {}

void test_services::add_inlet(const port_name& inlet) {
  taps[inlet] =
      std::make_shared<detail::tap_core>(inlet, topic_name(inlet.value()), clock_, metrics_,
                                         [this](const auto& definition) { (void)publish_schema(definition); });
}

void test_services::add_outlet(const port_name& outlet) {
  probes[outlet] =
      std::make_shared<detail::probe_core>(outlet, clock_, [this] { return note ? note() : std::string(); });
}

namespace {

/// Gives what is written to a repartition to its reader.
class loop_writer final : public log::topic_writer {
  std::shared_ptr<detail::tap_core> to_; // owners: the services and this
  std::int64_t next_ = 0;

public:
  explicit loop_writer(std::shared_ptr<detail::tap_core> to)
      : to_(std::move(to)) {}
  result<void> send(std::span<const log::outgoing_record> records, log::delivery_callback done) override {
    for (const auto& r : records) {
      detail::tap_core::item item;
      if (r.value) item.value.emplace(r.value->begin(), r.value->end());
      if (r.key) item.key.emplace(as_text(*r.key));
      for (const auto& h : r.headers) item.headers.add(h.name, h.value);
      item.time = r.time;
      to_->push(std::move(item));
    }
    next_ += static_cast<std::int64_t>(records.size());
    const log::delivered all{partition_id(0), record_offset(next_ - 1)};
    if (done) done(std::span(&all, 1));
    return {};
  }
  std::int32_t partitions() const override { return 1; }
};

} // namespace

void test_services::add_repartition(const port_name& repartition) {
  loops_[repartition] =
      std::make_shared<detail::tap_core>(repartition, topic_name(repartition.value()), clock_, metrics_,
                                         [this](const auto& definition) { (void)publish_schema(definition); });
}

void test_services::written(const port_name& repartition) { loops_.at(repartition)->complete(); }

void test_services::used_twice(const char* what, const port_name& port) const {
  throw streamlet::context_error(std::string(what) + " '" + port.value() +
                                 "' is used twice in one graph: use broadcast or merge inside the graph");
}

std::shared_ptr<native::record_feed> test_services::feed(const port_name& inlet) {
  if (const auto loop = loops_.find(inlet); loop != loops_.end()) return loop->second->feed();
  const auto at = taps.find(inlet);
  if (at == taps.end())
    throw streamlet::context_error("inlet '" + inlet.value() + "' is not in the streamlet's shape()");
  if (std::find(opened_.begin(), opened_.end(), inlet) != opened_.end()) used_twice("inlet", inlet);
  opened_.push_back(inlet);
  return at->second->feed();
}

result<std::unique_ptr<log::topic_writer>> test_services::writer(const port_name& outlet) {
  if (const auto loop = loops_.find(outlet); loop != loops_.end())
    return std::unique_ptr<log::topic_writer>(std::make_unique<loop_writer>(loop->second));
  const auto at = probes.find(outlet);
  if (at == probes.end()) return user_error(errc::not_found, "it is not in the streamlet's shape()");
  return at->second->make_writer();
}

void test_services::on_log_room(const port_name& outlet, stream::waker wake) {
  if (const auto at = probes.find(outlet); at != probes.end()) at->second->on_room(std::move(wake));
}

result<schema::schema_definition> test_services::writer_schema(std::uint64_t crc64) {
  if (const auto at = schemas_.find(crc64); at != schemas_.end()) return at->second;
  return unexpected(error{errc::not_found, error_source::system, true,
                          "the schema with fingerprint " + to_hex(schema::fingerprint_bytes(crc64)) + " is not known"});
}

result<void> test_services::publish_schema(const schema::schema_definition& definition) {
  schemas_.emplace(definition.ids.crc64, definition);
  return {};
}

void test_services::dead_letters_of_inlet::take() {
  for (auto& letter : box->take()) taken.push_back(std::move(letter));
}

std::shared_ptr<native::dead_letter_box> test_services::dead_letters(const port_name& inlet) {
  auto& of_inlet = dead_letters_[inlet];
  of_inlet.box = std::make_shared<native::dead_letter_box>([&of_inlet] { of_inlet.take(); });
  return of_inlet.box;
}

const std::vector<native::dead_letter>& test_services::dead_letters_of(const port_name& inlet) {
  auto& of_inlet = dead_letters_[inlet];
  if (of_inlet.box) of_inlet.take();
  return of_inlet.taken;
}

std::shared_ptr<void> test_services::shared(const std::string& name,
                                            const std::function<std::shared_ptr<void>()>& make) {
  auto& slot = shared_[name];
  if (!slot) slot = make();
  return slot;
}

} // namespace cloudflow::testkit::internal
