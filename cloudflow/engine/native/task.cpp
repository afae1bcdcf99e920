#include "cloudflow/engine/native/task.hpp"

#include "cloudflow/backend/dead_letters.hpp"
#include "cloudflow/base/bytes.hpp"
#include "cloudflow/engine/native/console_writer.hpp"
#include "cloudflow/schema/avro_schema.hpp"

#include <atomic>

#include <algorithm>

namespace cloudflow::engine {

namespace {

constexpr std::uint64_t largest_state_record = 64 << 20; // an entry may be a whole list

// Back-pressure of a streamlet without inlets: closed while what it wrote is not read (DESIGN §4).
class backlog_gate final : public native::pressure_gate, public std::enable_shared_from_this<backlog_gate> {
  std::unique_ptr<log::backlog_watch> watch_;
  std::mutex mutex_;
  std::vector<stream::waker> waiting_;
  std::atomic<bool> released_{false};
  std::atomic<bool> committing_{false};

public:
  static constexpr std::uint64_t bound_bytes = 64 << 20;

  result<void> open(log::topic_log& log, std::vector<log::topic_reading> readings) {
    auto watch = log.watch_backlog(std::move(readings), bound_bytes, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->sunk();
    });
    if (!watch) return unexpected(watch.error());
    watch_ = std::move(*watch);
    return {};
  }
  bool closed() override { return !committing_.load(std::memory_order_acquire) && holds_back(); }
  bool holds_back() override { return !released_.load(std::memory_order_acquire) && watch_->exceeded(); }
  bool arm(const stream::waker& wake) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::find(waiting_.begin(), waiting_.end(), wake) == waiting_.end()) waiting_.push_back(wake);
    }
    return !closed();
  }
  // On drain the readers downstream stop too: what is in flight here must get out all the same.
  void release() override {
    released_.store(true, std::memory_order_release);
    sunk();
  }

  // What lies in front of a barrier must reach the log: readers see it only when it is committed.
  void committing(bool now) override {
    committing_.store(now, std::memory_order_release);
    if (now) sunk();
  }

private:
  void sunk() {
    std::vector<stream::waker> wake;
    {
      const std::lock_guard lock(mutex_);
      wake.swap(waiting_);
    }
    for (const auto& w : wake) w.wake();
  }
};

bool is_seekable(const streamlet::streamlet_descriptor& of) {
  return std::any_of(of.attributes.begin(), of.attributes.end(),
                     [](const auto& a) { return a.attribute_name == "seekable"; });
}

class host_console final : public stream::line_output {
  std::function<void(std::string_view)> write_;

public:
  explicit host_console(std::function<void(std::string_view)> write)
      : write_(std::move(write)) {}
  result<void> write(std::string_view lines) override {
    if (write_) write_(lines);
    return {};
  }
};

std::shared_ptr<stream::line_output> console_of(const backend::host_services& host) {
  if (host.console && host.console_blocks) return std::make_shared<console_writer>(host.console);
  return std::make_shared<host_console>(host.console);
}

} // namespace

instance_services::instance_services(const backend::instance& what, const backend::host_services& host,
                                     std::function<void()> wake_loop)
    : what_(what)
    , host_(host)
    , transactional_(what.settings.delivery == streamlet::delivery::exactly_once &&
                     (!what.descriptor.inlets.empty() || is_seekable(what.descriptor)))
    , console_(console_of(host))
    , wake_loop_(std::move(wake_loop)) {
  for (const auto& s : host.schemas) {
    if (s.text.empty()) continue;
    if (auto parsed = schema::avro_schema::parse(s.text, s.name)) publish(parsed->definition());
  }
}

result<void> instance_services::open() {
  log::producer_options options;
  options.client_id = name();
  if (transactional_) {
    options.transactional_id = options.client_id + "." + what_.settings.slot;
    options.transaction_timeout = std::max(options.transaction_timeout, 2 * what_.settings.commit_interval);
  }
  options.on_room = [this] {
    std::vector<stream::waker> wake;
    {
      const std::lock_guard lock(mutex_);
      wake.swap(wants_room_);
    }
    for (const auto& w : wake) w.wake();
    wake_loop_();
  };
  auto producer = host_.log->open_producer(std::move(options));
  if (!producer) return unexpected(producer.error());
  producer_ = std::move(*producer);
  sent_ = std::make_shared<transaction>(*producer_, transactional_, wake_loop_);
  if (what_.descriptor.inlets.empty() && !what_.downstream.empty()) {
    auto gate = std::make_shared<backlog_gate>();
    if (auto done = gate->open(*host_.log, what_.downstream); !done) return done;
    gate_ = std::move(gate);
  }
  return {};
}

result<std::unique_ptr<log::topic_writer>> instance_services::open_plain(const topic_name& topic) {
  if (!transactional_) return producer_->open(topic);
  const std::lock_guard lock(plain_mutex_);
  if (!plain_) {
    log::producer_options options;
    options.client_id = what_.settings.app_id + "." + what_.settings.name.value() + ".writer";
    auto producer = host_.log->open_producer(std::move(options));
    if (!producer) return unexpected(producer.error());
    plain_ = std::move(*producer);
  }
  return plain_->open(topic);
}

void instance_services::flush_plain(const std::function<void()>& done) {
  const std::lock_guard lock(plain_mutex_);
  if (!plain_) return done();
  plain_->flush([done](const result<void>&) { done(); }); // who wrote was told what failed
}

std::string instance_services::name() const {
  auto name = what_.settings.app_id + "." + what_.settings.name.value();
  if (what_.half) name += "." + what_.half->value();
  return name;
}

std::int32_t instance_services::tasks() const {
  std::int32_t most = 1;
  for (const auto& inlet : what_.descriptor.inlets)
    if (const auto& port = what_.settings.ports.at(inlet.name); !port.unique_group)
      most = std::max(most, port.partitions);
  return most;
}

void instance_services::note_writing(const port_name& repartition) {
  const std::lock_guard lock(mutex_);
  writing_.insert(repartition);
  marks_commits_ = what_.settings.delivery != streamlet::delivery::at_most_once;
}

std::set<port_name> instance_services::writing() const {
  const std::lock_guard lock(mutex_);
  return writing_;
}

topic_name instance_services::changelog() const { return topic_name(name() + ".changelog"); }

result<std::unique_ptr<log::topic_writer>> instance_services::open_changelog() {
  log::topic_spec spec;
  spec.name = changelog();
  spec.partitions = 1;
  for (const auto& inlet : what_.descriptor.inlets)
    spec.partitions = std::max(spec.partitions, what_.settings.ports.at(inlet.name).partitions);
  spec.cleanup = log::cleanup_policy::compact;
  spec.max_record_bytes = largest_state_record;
  if (auto made = host_.log->create_topic(spec); !made && made.error().code != errc::already_exists)
    return unexpected(made.error());
  return sent_->open(spec.name);
}

result<std::unique_ptr<log::topic_writer>> instance_services::open_dead_letters(const port_name& inlet) {
  const auto spec = backend::dead_letter_topic(what_, *what_.descriptor.find_inlet(inlet));
  if (!spec) return user_error(errc::not_found, "the inlet has another error policy");
  if (auto made = host_.log->create_topic(*spec); !made && made.error().code != errc::already_exists)
    return unexpected(made.error());
  return sent_->open(spec->name);
}

void instance_services::ask_for_commit() {
  wants_commit_.store(true);
  wake_loop_();
}

void instance_services::stop_behind_commit(backend::failure_report why) {
  {
    const std::lock_guard lock(mutex_);
    if (!stop_) stop_ = std::move(why);
  }
  wake_loop_();
}

std::optional<backend::failure_report> instance_services::take_stop() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stop_, std::nullopt);
}

result<schema::schema_definition> instance_services::schema_of(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto at = schemas_.find(id); at != schemas_.end()) return at->second;
  std::array<std::byte, 8> big_endian{};
  for (std::size_t i = 0; i < 8; ++i) big_endian[i] = static_cast<std::byte>(id >> (8 * (7 - i)));
  return unexpected(error{errc::not_found, error_source::system, true,
                          "the schema with fingerprint " + to_hex(big_endian) + " is not known"});
}

void instance_services::publish(const schema::schema_definition& definition) {
  const std::lock_guard lock(mutex_);
  schemas_.emplace(definition.ids.crc64, definition);
}

std::shared_ptr<void> instance_services::shared(const std::string& name,
                                                const std::function<std::shared_ptr<void>()>& make) {
  const std::lock_guard lock(mutex_);
  auto& slot = shared_[name];
  if (!slot) slot = make();
  return slot;
}

void instance_services::log_is_full() const {
  if (host_.on_log_full) host_.on_log_full();
}

void instance_services::wants_room(stream::waker wake) {
  if (host_.on_log_full) host_.on_log_full();
  const std::lock_guard lock(mutex_);
  if (std::find(wants_room_.begin(), wants_room_.end(), wake) == wants_room_.end())
    wants_room_.push_back(std::move(wake));
}

native_task::native_task(partition_id id, std::shared_ptr<instance_services> instance)
    : id_(id)
    , instance_(std::move(instance)) {
  for (const auto& inlet : instance_->what().descriptor.inlets) {
    const auto& binding = instance_->what().settings.ports.at(inlet.name);
    feeds_.emplace(inlet.name, std::make_shared<native::record_feed>(binding.topic.value(), binding.topic,
                                                                     [i = instance_] { i->wake_loop(); }));
    if (backend::dead_letter_topic(instance_->what(), inlet))
      boxes_.emplace(inlet.name, std::make_shared<native::dead_letter_box>([i = instance_] { i->ask_for_commit(); }));
  }
}

std::shared_ptr<native::record_feed> native_task::feed(const port_name& inlet) {
  const auto at = feeds_.find(inlet);
  if (at != feeds_.end()) {
    if (std::find(opened_.begin(), opened_.end(), inlet) != opened_.end())
      throw streamlet::context_error("inlet '" + inlet.value() +
                                     "' is used twice in one graph: read it once and use broadcast");
    opened_.push_back(inlet);
    return at->second;
  }
  const auto& ports = instance_->what().settings.ports;
  if (const auto port = ports.find(inlet); port != ports.end()) // of the other half: nobody reads it here
    return std::make_shared<native::record_feed>(port->second.topic.value(), port->second.topic, nullptr);
  throw streamlet::context_error("inlet '" + inlet.value() + "' is not in the streamlet's shape()");
}

stream::source_home native_task::home_of(const port_name& read) const {
  return feeds_.contains(read) ? stream::source_home::here : stream::source_home::elsewhere;
}

std::shared_ptr<native::dead_letter_box> native_task::dead_letters(const port_name& inlet) {
  if (const auto at = boxes_.find(inlet); at != boxes_.end()) return at->second;
  if (feeds_.contains(inlet)) return nullptr;
  return std::make_shared<native::dead_letter_box>(nullptr); // of the other half: nobody reads it here
}

bool native_task::stop_behind_commit(const stream::failure& why, const std::string& verdict) {
  backend::failure_report report{why.type, why.text, why.op, why.at ? why.at->text() : std::string()};
  report.verdict = verdict;
  instance_->stop_behind_commit(std::move(report));
  return true;
}

void native_task::begin_at(const port_name& inlet, native::start_from where) {
  if (where == native::start_from::latest) from_latest_.push_back(inlet);
}

result<std::unique_ptr<log::topic_writer>> native_task::plain_writer(const port_name& outlet) {
  const auto& ports = instance_->what().settings.ports;
  const auto at = ports.find(outlet);
  if (at == ports.end()) return user_error(errc::not_found, "it is not in the streamlet's shape()");
  return instance_->open_plain(at->second.topic);
}

result<std::unique_ptr<log::topic_writer>> native_task::writer(const port_name& outlet) {
  const auto& ports = instance_->what().settings.ports;
  const auto at = ports.find(outlet);
  if (at == ports.end()) return user_error(errc::not_found, "it is not in the streamlet's shape()");
  return instance_->sent().open(at->second.topic);
}

void native_task::on_log_room(const port_name&, stream::waker wake) { instance_->wants_room(std::move(wake)); }

result<void> native_task::publish_schema(const schema::schema_definition& definition) {
  instance_->publish(definition);
  return {};
}

} // namespace cloudflow::engine
