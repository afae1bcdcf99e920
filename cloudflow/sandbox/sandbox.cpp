#include "cloudflow/sandbox/sandbox.hpp"

#include "cloudflow/http/server/server.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/sandbox/crash_report.hpp"
#include "cloudflow/sandbox/data_folders.hpp"
#include "cloudflow/sandbox/log_files.hpp"
#include "cloudflow/sandbox/rates.hpp"
#include "cloudflow/sandbox/report.hpp"
#include "cloudflow/sandbox/spill_store.hpp"
#include "cloudflow/sandbox/stall_watch.hpp"
#include "cloudflow/sandbox/waiting.hpp"
#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace cloudflow::sandbox {

namespace {

using std::chrono::nanoseconds;

constexpr auto drain_deadline = std::chrono::seconds(25); // DESIGN §5
constexpr auto look_interval = std::chrono::seconds(1);
constexpr auto upkeep_interval = std::chrono::minutes(5); // Kafka's log.retention.check.interval.ms

class sandbox_run {
  const sandbox_options& options_;
  const sandbox_output& output_;
  waiting_room waiting_;
  const clock_source& clock_ = system_clock_source();
  metric_registry metrics_;
  log_files logs_;
  std::unique_ptr<store::byte_store> store_; // of topics: where they overflow to, or what they are
  std::unique_ptr<log::memory_log> log_;
  http::beast_server_port servers_{clock_, metrics_};
  std::unique_ptr<backend::application> app_;
  port_rates rates_;
  std::unique_ptr<run_report> report_;
  std::set<streamlet_name> told_;          // that it completed
  std::map<streamlet_name, int> failures_; // that were told
  std::mutex news_mutex_;
  std::vector<std::pair<streamlet_name, std::string>> addresses_; // to be told
  std::optional<nanoseconds> drain_until_;
  stall_watch stall_;
  stall_watch rest_; // behind a degraded streamlet
  std::atomic<bool> log_full_{false};
  run_outcome outcome_ = run_outcome::drained;
  std::vector<backend::instance_status> last_status_; // of a run that was aborted

public:
  sandbox_run(const sandbox_options& options, const sandbox_output& output)
      : options_(options)
      , output_(output)
      , waiting_(options.enter_ends)
      , logs_(options.folder)
      , report_(options.as_json ? json_report(output.talk) : text_report(output.talk, options.live)) {}

  result<run_outcome> run(backend::application_plan plan, const backend::registry& backends) {
    if (auto done = start(std::move(plan), backends); !done) return unexpected(done.error());
    const auto started = clock_.steady_now();
    const auto ends = options_.duration ? std::optional(started + *options_.duration) : std::nullopt;
    auto next_look = started + look_interval;
    auto next_upkeep = started + upkeep_interval;
    for (;;) {
      app_->tend(clock_.steady_now());
      if (tell_changes() && options_.fail_fast) return run_outcome::failed;
      if (app_->over()) {
        if (drain_until_) return verdict_or(outcome_);
        if (options_.exit_when_complete) return verdict_or(run_outcome::completed);
      }
      std::optional<nanoseconds> until;
      auto sooner = [&](std::optional<nanoseconds> t) {
        if (t && (!until || *t < *until)) until = t;
      };
      sooner(drain_until_ ? drain_until_ : ends);
      if (tells_rates()) sooner(next_look);
      sooner(next_upkeep);
      sooner(stall_.due());
      sooner(rest_.due());
      if (!drain_until_) sooner(app_->next_due());
      const auto reason = waiting_.wait(until ? std::optional(*until - clock_.steady_now()) : std::nullopt);
      const auto now = clock_.steady_now();
      if (tells_rates() && now >= next_look) {
        report_->rates(rates_.look(metrics_, now));
        next_look = now + look_interval;
      }
      if (now >= next_upkeep) {
        log_->maintain(); // of a run in which nothing is written, which would do it in passing
        next_upkeep = now + upkeep_interval;
      }
      if (drain_until_ && (now >= *drain_until_ || reason == wake_reason::interrupt)) {
        report_->given_up(
            "not everything could be drained in time: stopping; what is not committed would be read again",
            app_->describe());
        abort();
        return outcome_;
      }
      if (drain_until_) continue;
      if (is_stalled(now)) {
        report_->given_up("the log is full and nothing has moved for 5 s: each streamlet waits for another. Give the "
                          "slowest reader more to do its work with, or fewer records at a time. Who waits for what:",
                          app_->describe());
        abort();
        return run_outcome::failed;
      }
      if (reason == wake_reason::interrupt)
        begin_drain(run_outcome::interrupted, "interrupted");
      else if (reason == wake_reason::terminate)
        begin_drain(run_outcome::drained, "asked to stop");
      else if (reason == wake_reason::enter)
        begin_drain(run_outcome::drained, "ENTER");
      else if (ends && now >= *ends)
        begin_drain(run_outcome::drained, "time is up");
      else if (!data_is_read_)
        begin_drain(run_outcome::drained, "nobody reads the output");
      else if (is_at_rest(now))
        begin_drain(run_outcome::failed, "nothing moves any more behind what is degraded");
    }
  }

  void end(run_outcome outcome) {
    static constexpr std::string_view names[] = {"completed", "drained", "interrupted", "failed"};
    port_rates totals;
    report_->ended(names[static_cast<int>(outcome)], last_status_.empty() ? app_->status() : last_status_,
                   totals.look(metrics_, clock_.steady_now()));
  }

private:
  std::atomic<bool> data_is_read_{true};

  result<void> start(backend::application_plan plan, const backend::registry& backends) {
    if (auto done = open_log(); !done) return done;
    backend::host_services host;
    host.log = log_.get();
    host.metrics = &metrics_;
    host.clock = &clock_;
    host.console = [this](std::string_view lines) {
      if (output_.data(lines) || !data_is_read_.exchange(false)) return;
      waiting_.notify();
    };
    host.console_blocks = true;
    host.servers = &servers_;
    host.on_listening = [this](const streamlet_name& name, const std::string& address) {
      {
        const std::lock_guard lock(news_mutex_);
        addresses_.emplace_back(name, address);
      }
      waiting_.notify();
    };
    host.on_log_full = [this] {
      if (!log_full_.exchange(true)) waiting_.notify();
    };
    backend::restart_policy policy;
    policy.restarts = !options_.fail_fast;
    auto app = backend::application::start(
        std::move(plan), backends, host, [this] { waiting_.notify(); }, policy);
    if (!app) return unexpected(app.error());
    app_ = std::move(*app);
    return {};
  }

  result<void> open_log() {
    log::memory_log_options how;
    how.metrics = &metrics_;
    if (options_.data_dir.empty()) {
      store_ = std::make_unique<spill_store>(options_.folder);
      how.spill = store_.get();
    } else {
      std::error_code failed;
      std::filesystem::create_directories(options_.data_dir, failed);
      if (failed)
        return user_error(errc::io_error, "cannot make " + options_.data_dir.string() + ": " + failed.message());
      auto opened = store::rocksdb_store::open(data_folders(options_.data_dir).log, store::rocksdb_memory());
      if (!opened) return unexpected(opened.error().wrap("--data-dir " + options_.data_dir.string()));
      store_ = std::move(*opened);
      how.durable = store_.get();
    }
    auto opened = log::memory_log::open(clock_, how);
    if (!opened) return unexpected(opened.error());
    log_ = std::move(*opened);
    return {};
  }

  bool is_stalled(nanoseconds now) {
    if (!stall_.looks(log_full_.exchange(false))) return false;
    return stall_.stalled(now, records_moved(metrics_));
  }

  // What waits for a degraded streamlet never completes: the run ends when nothing has moved for a while.
  bool is_at_rest(nanoseconds now) {
    if (!options_.exit_when_complete) return false;
    const auto all = app_->status();
    const auto in = [&](backend::instance_phase phase) {
      return std::any_of(all.begin(), all.end(), [&](const auto& s) { return s.phase == phase; });
    };
    using enum backend::instance_phase;
    if (!in(degraded) || in(restarting) || in(starting)) {
      rest_ = {};
      return false;
    }
    const auto moved = records_moved(metrics_);
    if (rest_.stalled(now, moved)) return true;
    if (!rest_.due()) rest_.stalled(now, moved); // something moved: a new watch
    return false;
  }

  [[nodiscard]] bool tells_rates() const { return options_.live || options_.as_json; }

  void begin_drain(run_outcome outcome, const char* why) {
    outcome_ = outcome;
    drain_until_ = clock_.steady_now() + drain_deadline;
    report_->draining(why);
    app_->drain();
  }

  // What it interrupts is not what failed.
  void abort() {
    last_status_ = app_->status();
    outcome_ = verdict_or(outcome_);
    app_->abort();
  }

  [[nodiscard]] run_outcome verdict_or(run_outcome outcome) const {
    return app_->any_failed() ? run_outcome::failed : outcome;
  }

  // Tells what is new; true if a streamlet failed.
  bool tell_changes() {
    std::vector<std::pair<streamlet_name, std::string>> addresses;
    {
      const std::lock_guard lock(news_mutex_);
      addresses.swap(addresses_);
    }
    for (const auto& [name, address] : addresses) report_->serving(name, address);
    bool failed = false;
    for (const auto& s : app_->status()) {
      if (auto& told = failures_[s.name]; s.failures > told) {
        told = s.failures;
        report_->failed(s, log_file_of(options_.folder, s.name.value()));
        failed = true;
      } else if (s.phase == backend::instance_phase::completed && told_.insert(s.name).second) {
        report_->completed(s.name);
      }
    }
    return failed;
  }
};

} // namespace

result<run_outcome> run(backend::application_plan plan, const backend::registry& backends,
                        const sandbox_options& options, const sandbox_output& output) {
  const crash_report crashes(options.as_json);
  sandbox_run whole(options, output);
  auto outcome = whole.run(std::move(plan), backends);
  if (outcome) whole.end(*outcome);
  return outcome;
}

} // namespace cloudflow::sandbox
