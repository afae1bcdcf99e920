#include "cloudflow/sandbox/sandbox.hpp"

#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/sandbox/log_files.hpp"
#include "cloudflow/sandbox/rates.hpp"
#include "cloudflow/sandbox/spill_store.hpp"
#include "cloudflow/sandbox/stall_watch.hpp"
#include "cloudflow/sandbox/waiting.hpp"

#include <algorithm>
#include <atomic>
#include <set>

namespace cloudflow::sandbox {

namespace {

using std::chrono::nanoseconds;

constexpr auto drain_deadline = std::chrono::seconds(25); // DESIGN §5
constexpr auto look_interval = std::chrono::seconds(1);

std::string report(const backend::instance_status& failed, const std::filesystem::path& folder) {
  const auto& why = *failed.failure;
  std::string out = "streamlet '" + failed.name.value() + "' failed\n";
  auto line = [&](const char* label, const std::string& text) {
    if (!text.empty())
      out += "  " + std::string(label) + std::string(10 - std::string_view(label).size(), ' ') + text + "\n";
  };
  line("what", why.text);
  line("type", why.type);
  line("where", why.op);
  line("record", why.position);
  line("log", log_file_of(folder, failed.name.value()).string());
  return out;
}

// One look at a run that goes on: the rates on a terminal, renewed in place.
class live_table {
  port_rates rates_;
  std::size_t shown_ = 0;

public:
  std::string renew(const metric_registry& metrics, nanoseconds now) {
    std::string out;
    if (shown_ > 0) out += "\x1b[" + std::to_string(shown_) + "A\x1b[J";
    shown_ = 0;
    for (const auto& row : rates_.look(metrics, now)) {
      std::string line = "  " + row.port;
      line.resize(std::max<std::size_t>(line.size() + 1, 32), ' ');
      line += (row.is_inlet ? "in  " : "out ") + rate_text(row.per_second);
      line.resize(std::max<std::size_t>(line.size() + 1, 50), ' ');
      line += std::to_string(static_cast<std::uint64_t>(row.total)) + " records";
      out += line + "\n";
      ++shown_;
    }
    return out;
  }
};

class sandbox_run {
  const sandbox_options& options_;
  const sandbox_output& output_;
  waiting_room waiting_;
  const clock_source& clock_ = system_clock_source();
  metric_registry metrics_;
  log_files logs_;
  std::unique_ptr<store::byte_store> spill_;
  std::unique_ptr<log::memory_log> log_;
  std::unique_ptr<backend::application> app_;
  live_table table_;
  std::set<streamlet_name> told_;
  std::optional<nanoseconds> drain_until_;
  stall_watch stall_;
  std::atomic<bool> log_full_{false};
  run_outcome outcome_ = run_outcome::drained;

public:
  sandbox_run(const sandbox_options& options, const sandbox_output& output)
      : options_(options)
      , output_(output)
      , waiting_(options.enter_ends)
      , logs_(options.folder) {}

  result<run_outcome> run(backend::application_plan plan, const backend::registry& backends) {
    if (auto done = start(std::move(plan), backends); !done) return unexpected(done.error());
    const auto started = clock_.steady_now();
    const auto ends = options_.duration ? std::optional(started + *options_.duration) : std::nullopt;
    auto next_look = started + look_interval;
    for (;;) {
      if (tell_changes()) return run_outcome::failed;
      if (app_->over()) {
        if (drain_until_) return outcome_;
        if (options_.exit_when_complete) return run_outcome::completed;
      }
      std::optional<nanoseconds> until;
      auto sooner = [&](std::optional<nanoseconds> t) {
        if (t && (!until || *t < *until)) until = t;
      };
      sooner(drain_until_ ? drain_until_ : ends);
      if (options_.live) sooner(next_look);
      sooner(stall_.due());
      const auto reason = waiting_.wait(until ? std::optional(*until - clock_.steady_now()) : std::nullopt);
      const auto now = clock_.steady_now();
      if (options_.live && now >= next_look) {
        output_.talk(table_.renew(metrics_, now));
        next_look = now + look_interval;
      }
      if (drain_until_ && (now >= *drain_until_ || reason == wake_reason::interrupt)) {
        output_.talk("not everything could be drained in time: stopping; what is not committed would be read again\n" +
                     who_waits());
        app_->abort();
        return outcome_;
      }
      if (drain_until_) continue;
      if (is_stalled(now)) {
        output_.talk(
            "the log is full and nothing has moved for 5 s: each streamlet waits for another. Who waits for what:\n" +
            who_waits() + "Give the slowest reader more to do its work with, or fewer records at a time.\n");
        app_->abort();
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
    }
  }

  [[nodiscard]] std::string summary() {
    std::string out;
    port_rates totals;
    for (const auto& row : totals.look(metrics_, clock_.steady_now())) {
      std::string line = "  " + row.port;
      line.resize(std::max<std::size_t>(line.size() + 1, 32), ' ');
      out += line + (row.is_inlet ? "read    " : "wrote   ") + std::to_string(static_cast<std::uint64_t>(row.total)) +
             " records\n";
    }
    return out;
  }

private:
  std::atomic<bool> data_is_read_{true};

  result<void> start(backend::application_plan plan, const backend::registry& backends) {
    spill_ = std::make_unique<spill_store>(options_.folder);
    log::memory_log_options log_options;
    log_options.spill = spill_.get();
    log_options.metrics = &metrics_;
    log_ = std::make_unique<log::memory_log>(clock_, log_options);
    backend::host_services host;
    host.log = log_.get();
    host.metrics = &metrics_;
    host.clock = &clock_;
    host.console = [this](std::string_view lines) {
      if (output_.data(lines) || !data_is_read_.exchange(false)) return;
      waiting_.notify();
    };
    host.on_log_full = [this] {
      if (!log_full_.exchange(true)) waiting_.notify();
    };
    auto app = backend::application::start(std::move(plan), backends, host, [this] { waiting_.notify(); });
    if (!app) return unexpected(app.error());
    app_ = std::move(*app);
    return {};
  }

  bool is_stalled(nanoseconds now) {
    if (!stall_.looks(log_full_.exchange(false))) return false;
    double moved = 0;
    for (const auto& sample : metrics_.snapshot())
      if (sample.name == "cloudflow_records_in_total" || sample.name == "cloudflow_records_out_total")
        moved += sample.value;
    return stall_.stalled(now, moved);
  }

  [[nodiscard]] std::string who_waits() const {
    std::string out;
    for (const auto& line : app_->describe()) out += "  " + line + "\n";
    return out;
  }

  void begin_drain(run_outcome outcome, const char* why) {
    outcome_ = outcome;
    drain_until_ = clock_.steady_now() + drain_deadline;
    output_.talk(std::string(why) + ": draining\n");
    app_->drain();
  }

  // Prints what is new; true if a streamlet failed.
  bool tell_changes() {
    bool failed = false;
    for (const auto& s : app_->status()) {
      if (s.phase == backend::instance_phase::failed && s.failure) {
        output_.talk(report(s, options_.folder));
        failed = true;
      } else if (s.phase == backend::instance_phase::completed && told_.insert(s.name).second && !options_.live) {
        output_.talk("streamlet '" + s.name.value() + "' completed\n");
      }
    }
    return failed;
  }
};

} // namespace

result<run_outcome> run(backend::application_plan plan, const backend::registry& backends,
                        const sandbox_options& options, const sandbox_output& output) {
  sandbox_run whole(options, output);
  auto outcome = whole.run(std::move(plan), backends);
  if (outcome) output.talk(whole.summary());
  return outcome;
}

} // namespace cloudflow::sandbox
