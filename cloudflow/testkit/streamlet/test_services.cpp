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

void test_services::used_twice(const char* what, const port_name& port) const {
  throw streamlet::context_error(std::string(what) + " '" + port.value() +
                                 "' is used twice in one graph: use broadcast or merge inside the graph");
}

std::shared_ptr<native::record_feed> test_services::feed(const port_name& inlet) {
  const auto at = taps.find(inlet);
  if (at == taps.end())
    throw streamlet::context_error("inlet '" + inlet.value() + "' is not in the streamlet's shape()");
  if (std::find(opened_.begin(), opened_.end(), inlet) != opened_.end()) used_twice("inlet", inlet);
  opened_.push_back(inlet);
  return at->second->feed();
}

result<std::unique_ptr<log::topic_writer>> test_services::writer(const port_name& outlet) {
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
