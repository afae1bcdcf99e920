#include "cloudflow/sandbox/report.hpp"

#include "cloudflow/base/json_writer.hpp"

#include <algorithm>
#include <cstdio>

namespace cloudflow::sandbox {

namespace {

using rows = std::vector<port_rates::row>;

std::string padded(std::string line, std::size_t width) {
  line.resize(std::max(line.size() + 1, width), ' ');
  return line;
}

std::string ordinal(int n) {
  const auto text = std::to_string(n);
  if (n % 100 >= 11 && n % 100 <= 13) return text + "th";
  return text + (n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th");
}

std::string times(int n) { return n == 1 ? "once" : std::to_string(n) + " times"; }

double seconds(std::chrono::nanoseconds wait) { return std::chrono::duration<double>(wait).count(); }

std::string seconds_text(std::chrono::nanoseconds wait) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", seconds(wait));
  return text;
}

// "failed, restarting in 2 s (2nd time)".
std::string what_follows(const backend::instance_status& s) {
  switch (s.phase) {
  case backend::instance_phase::restarting:
    return "failed, restarting in " + seconds_text(s.restart_wait) + " (" + ordinal(s.failures) + " time)";
  case backend::instance_phase::degraded:
    return "failed for the " + ordinal(s.failures) + " time and is degraded: " + s.verdict;
  default: return "failed";
  }
}

// "ready, failed 2 times".
std::string state_text(const backend::instance_status& s) {
  std::string out(name_of(s.phase));
  if (!s.verdict.empty()) out += ": " + s.verdict;
  if (s.failures > 0 && (s.phase != backend::instance_phase::failed || s.failures > 1))
    out += ", failed " + times(s.failures);
  return out;
}

// "12 records, 1 dead letter".
std::string count(const port_rates::row& row) {
  const auto whole = [](double n) { return std::to_string(static_cast<std::uint64_t>(n)); };
  auto out = whole(row.total) + " records";
  if (row.left_out > 0) out += ", " + whole(row.left_out) + " left out";
  if (row.dead_letters > 0)
    out += ", " + whole(row.dead_letters) + (row.dead_letters == 1 ? " dead letter" : " dead letters");
  return out + "\n";
}

class for_people final : public run_report {
  talk_sink talk_;
  bool live_;
  std::size_t shown_ = 0; // lines of rates that the next ones replace

public:
  for_people(talk_sink talk, bool live)
      : talk_(std::move(talk))
      , live_(live) {}

  void rates(const rows& ports) override {
    if (!live_) return;
    std::string out;
    if (shown_ > 0) out += "\x1b[" + std::to_string(shown_) + "A\x1b[J";
    shown_ = ports.size();
    for (const auto& row : ports)
      out += padded(padded("  " + row.port, 32) + (row.is_inlet ? "in  " : "out ") + rate_text(row.per_second), 50) +
             count(row);
    talk_(out);
  }
  void completed(const streamlet_name& name) override {
    if (!live_) talk_("streamlet '" + name.value() + "' completed\n");
  }
  void failed(const backend::instance_status& failed, const std::filesystem::path& log) override {
    const auto why = failed.failure.value_or(backend::failure_report{});
    std::string out = "streamlet '" + failed.name.value() + "' " + what_follows(failed) + "\n";
    const std::pair<const char*, std::string> lines[] = {{"what", why.text},    {"type", why.type},
                                                         {"where", why.op},     {"record", why.position},
                                                         {"log", log.string()}, {"try", failed.advice}};
    for (const auto& [label, text] : lines)
      if (!text.empty()) out += padded("  " + std::string(label), 12) + text + "\n";
    talk_(out);
    shown_ = 0; // the next rates go below
  }
  void serving(const streamlet_name& name, std::string_view address) override {
    talk_("streamlet '" + name.value() + "' serves " + std::string(address) + "\n");
    shown_ = 0;
  }
  void draining(std::string_view because) override { talk_(std::string(because) + ": draining\n"); }
  void given_up(std::string_view because, const std::vector<std::string>& waiting) override {
    std::string out = std::string(because) + "\n";
    for (const auto& line : waiting) out += "  " + line + "\n";
    talk_(out);
  }
  void ended(std::string_view, const std::vector<backend::instance_status>& streamlets, const rows& totals) override {
    std::string out;
    for (const auto& each : streamlets) out += padded("  " + each.name.value(), 32) + state_text(each) + "\n";
    for (const auto& row : totals)
      out += padded("  " + row.port, 32) + (row.is_inlet ? "read    " : "wrote   ") + count(row);
    talk_(out);
  }
};

class for_programs final : public run_report {
  talk_sink talk_;

  template <class Fill> void tell(std::string_view event, Fill fill) {
    json_writer json;
    json.begin_object().member("event", event);
    fill(json);
    json.end_object();
    talk_(std::move(json).text() + "\n");
  }
  static void write(json_writer& json, const rows& ports, bool with_rates) {
    json.key("ports").begin_array();
    for (const auto& row : ports) {
      json.begin_object().member("port", row.port).member("direction", row.is_inlet ? "in" : "out");
      if (with_rates) json.member("per_second", row.per_second);
      json.member("records", static_cast<std::uint64_t>(row.total));
      if (row.left_out > 0) json.member("left_out", static_cast<std::uint64_t>(row.left_out));
      if (row.dead_letters > 0) json.member("dead_letters", static_cast<std::uint64_t>(row.dead_letters));
      json.end_object();
    }
    json.end_array();
  }

  static void write_state(json_writer& json, const backend::instance_status& s) {
    json.member("phase", name_of(s.phase)).member("failures", s.failures);
    if (!s.verdict.empty()) json.member("verdict", s.verdict);
  }

public:
  explicit for_programs(talk_sink talk)
      : talk_(std::move(talk)) {}

  void rates(const rows& ports) override {
    tell("rates", [&](auto& json) { write(json, ports, true); });
  }
  void completed(const streamlet_name& name) override {
    tell("completed", [&](auto& json) { json.member("streamlet", name.value()); });
  }
  void failed(const backend::instance_status& failed, const std::filesystem::path& log) override {
    tell("failed", [&](auto& json) {
      const auto why = failed.failure.value_or(backend::failure_report{});
      json.member("streamlet", failed.name.value()).member("what", why.text).member("type", why.type);
      json.member("where", why.op).member("record", why.position).member("log", log.string());
      write_state(json, failed);
      if (failed.phase == backend::instance_phase::restarting)
        json.member("restarts_in_seconds", seconds(failed.restart_wait));
      if (!failed.advice.empty()) json.member("try", failed.advice);
    });
  }
  void serving(const streamlet_name& name, std::string_view address) override {
    tell("serving", [&](auto& json) { json.member("streamlet", name.value()).member("address", address); });
  }
  void draining(std::string_view because) override {
    tell("draining", [&](auto& json) { json.member("because", because); });
  }
  void given_up(std::string_view because, const std::vector<std::string>& waiting) override {
    tell("given-up", [&](auto& json) {
      json.member("because", because).key("waiting").begin_array();
      for (const auto& line : waiting) json.value(line);
      json.end_array();
    });
  }
  void ended(std::string_view outcome, const std::vector<backend::instance_status>& streamlets,
             const rows& totals) override {
    tell("ended", [&](auto& json) {
      json.member("outcome", outcome).key("streamlets").begin_array();
      for (const auto& each : streamlets) {
        json.begin_object().member("name", each.name.value());
        write_state(json, each);
        json.end_object();
      }
      json.end_array();
      write(json, totals, false);
    });
  }
};

} // namespace

std::unique_ptr<run_report> text_report(talk_sink talk, bool live) {
  return std::make_unique<for_people>(std::move(talk), live);
}
std::unique_ptr<run_report> json_report(talk_sink talk) { return std::make_unique<for_programs>(std::move(talk)); }

} // namespace cloudflow::sandbox
