#include <cloudflow/backend/backend.hpp>
#include <cloudflow/backend/registry.hpp>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

using namespace cloudflow;

namespace echo {

/// Copies one topic to another on a thread of its own. Thread-safe.
class copying final : public backend::execution {
  backend::instance what_;
  backend::host_services host_;
  backend::phase_listener on_phase_;

  mutable std::mutex mutex_;
  std::condition_variable_any news_;
  bool woken_ = false; // guarded by mutex_, as all below
  bool room_ = false;
  bool draining_ = false;
  bool acknowledged_ = false;
  std::optional<error> refused_;
  backend::instance_phase phase_ = backend::instance_phase::starting;
  std::optional<backend::failure_report> failure_;
  std::jthread thread_; // last: joined first

  const streamlet::port_binding& input() const { return what_.settings.ports.at(what_.descriptor.inlets.front().name); }
  const streamlet::port_binding& output() const {
    return what_.settings.ports.at(what_.descriptor.outlets.front().name);
  }

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    news_.notify_all();
  }
  void enter(backend::instance_phase phase) {
    {
      const std::lock_guard lock(mutex_);
      if (phase_ == phase) return;
      phase_ = phase;
    }
    on_phase_(what_.settings.name, phase);
  }
  void fail(std::string type, std::string text) {
    {
      const std::lock_guard lock(mutex_);
      failure_ = backend::failure_report{std::move(type), std::move(text), "echo", input().topic.value()};
    }
    enter(backend::instance_phase::failed);
  }

  /// Sends a batch and waits until the log has it. Errors: the log's, and `cancelled`.
  result<void> copy(log::topic_writer& writer, const log::record_batch& batch, const std::stop_token& stop) {
    std::vector<log::outgoing_record> records;
    for (const auto& r : batch) {
      log::outgoing_record out{r.key, r.value, r.headers, r.time, {}};
      if (r.source.partition.value() < writer.partitions()) out.partition = r.source.partition;
      records.push_back(out);
    }
    std::unique_lock lock(mutex_);
    acknowledged_ = false;
    for (;;) {
      room_ = false; // not woken_: that news is about records to read
      lock.unlock();
      auto sent = writer.send(records, [this](const auto& how) {
        {
          const std::lock_guard guard(mutex_);
          acknowledged_ = true;
          if (!how) refused_ = how.error();
        }
        news_.notify_all();
      });
      lock.lock();
      if (sent) break;
      if (!sent.error().retriable) return sent;
      if (!news_.wait(lock, stop, [&] { return room_; })) return user_error(errc::cancelled, "stopped");
    }
    if (!news_.wait(lock, stop, [&] { return acknowledged_; })) return user_error(errc::cancelled, "stopped");
    if (refused_) return unexpected(*refused_);
    return {};
  }

  result<backend::instance_phase> run(const std::stop_token& stop) {
    log::producer_options writing{what_.settings.name.value()};
    writing.on_room = [this] {
      {
        const std::lock_guard lock(mutex_);
        room_ = true;
      }
      news_.notify_all();
    };
    auto producer = host_.log->open_producer(std::move(writing));
    if (!producer) return unexpected(producer.error());
    auto writer = (*producer)->open(output().topic);
    if (!writer) return unexpected(writer.error());
    log::consumer_options reading;
    reading.topics = {input().topic};
    reading.group = input().group;
    reading.client_id = what_.settings.name.value();
    reading.on_available = [this] { wake(); };
    auto consumer = host_.log->open_consumer(std::move(reading));
    if (!consumer) return unexpected(consumer.error());

    std::set<log::source_partition> owned;
    std::set<log::source_partition> completed;
    log::polled polled;
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        woken_ = false;
        if (draining_) break;
      }
      if (auto done = (*consumer)->poll({}, polled); !done) return unexpected(done.error());
      for (const auto& event : polled.events)
        for (const auto& p : event.positions) switch (event.kind) {
          case log::consumer_event_kind::assigned: owned.insert(p.source); break;
          case log::consumer_event_kind::revoking: // nothing is in flight between two polls
            if (auto done = (*consumer)->release({&p.source, 1}); !done) return unexpected(done.error());
            [[fallthrough]];
          case log::consumer_event_kind::lost:
            owned.erase(p.source);
            completed.erase(p.source);
            break;
          case log::consumer_event_kind::completed: completed.insert(p.source); break;
          case log::consumer_event_kind::end_of_partition: break;
          }
      if (!owned.empty()) enter(backend::instance_phase::ready);
      if (!polled.records.empty()) {
        if (auto done = copy(**writer, polled.records, stop); !done) return unexpected(done.error());
        std::vector<log::source_position> positions;
        polled.records.for_each_run([&](const log::record_run& r) {
          const auto last = polled.records[r.first + r.count - 1].offset.value();
          positions.push_back({r.source, record_offset(last + 1)});
        });
        (*consumer)->commit(positions);
      }
      if (polled.more) continue;
      if (!owned.empty() && completed == owned) {
        if (auto done = (*consumer)->close(); !done) return unexpected(done.error());
        if (auto done = host_.log->complete_writer(output().topic, backend::writer_name(what_.settings)); !done)
          return unexpected(done.error());
        return backend::instance_phase::completed;
      }
      std::unique_lock lock(mutex_);
      if (!news_.wait(lock, stop, [&] { return woken_ || draining_; })) return user_error(errc::cancelled, "stopped");
    }
    if (auto done = (*consumer)->close(); !done) return unexpected(done.error());
    return backend::instance_phase::drained;
  }

public:
  copying(backend::instance what, const backend::host_services& host, backend::phase_listener on_phase)
      : what_(std::move(what))
      , host_(host)
      , on_phase_(std::move(on_phase))
      , thread_([this](const std::stop_token& stop) {
        if (auto end = run(stop); end)
          enter(*end);
        else
          fail("log error", end.error().text());
      }) {}

  backend::instance_phase phase() const override {
    const std::lock_guard lock(mutex_);
    return phase_;
  }
  std::optional<backend::failure_report> failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  void drain() override {
    {
      const std::lock_guard lock(mutex_);
      draining_ = true;
    }
    news_.notify_all();
  }
  void abort() override { thread_.request_stop(); }
  std::vector<std::string> describe() const override { return {"waits for records of " + input().topic.value()}; }
};

class echo_backend final : public backend::backend_port {
  backend::host_services host_;

public:
  std::string_view name() const override { return "echo"; }
  streamlet::delivery delivery_on(const log::topic_log&) const override { return streamlet::delivery::at_least_once; }
  result<void> prepare(std::span<const backend::instance> instances, const backend::host_services& host) override {
    host_ = host;
    for (const auto& i : instances)
      if (i.descriptor.inlets.size() != 1 || i.descriptor.outlets.size() != 1)
        return user_error(errc::invalid_argument,
                          "'" + i.settings.class_name + "': echo wants one inlet and one outlet");
    return {};
  }
  result<std::unique_ptr<backend::execution>> start(const backend::instance& what,
                                                    backend::phase_listener on_phase) override {
    return std::unique_ptr<backend::execution>(std::make_unique<copying>(what, host_, std::move(on_phase)));
  }
  backend::workload workload_of(const backend::instance&) const override { return {}; }
};

} // namespace echo

CLOUDFLOW_BACKEND(echo::echo_backend, "echo")
