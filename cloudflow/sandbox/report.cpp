#include "cloudflow/sandbox/report.hpp"

#include "cloudflow/base/json_writer.hpp"

#include <algorithm>

namespace cloudflow::sandbox {

namespace {

using rows = std::vector<port_rates::row>;

std::string padded(std::string line, std::size_t width) {
  line.resize(std::max(line.size() + 1, width), ' ');
  return line;
}

std::string count(double total) { return std::to_string(static_cast<std::uint64_t>(total)) + " records\n"; }

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
             count(row.total);
    talk_(out);
  }
  void completed(const streamlet_name& name) override {
    if (!live_) talk_("streamlet '" + name.value() + "' completed\n");
  }
  void failed(const backend::instance_status& failed, const std::filesystem::path& log) override {
    const auto& why = *failed.failure;
    std::string out = "streamlet '" + failed.name.value() + "' failed\n";
    const std::pair<const char*, std::string> lines[] = {
        {"what", why.text}, {"type", why.type}, {"where", why.op}, {"record", why.position}, {"log", log.string()}};
    for (const auto& [label, text] : lines)
      if (!text.empty()) out += padded("  " + std::string(label), 12) + text + "\n";
    talk_(out);
  }
  void draining(std::string_view because) override { talk_(std::string(because) + ": draining\n"); }
  void given_up(std::string_view because, const std::vector<std::string>& waiting) override {
    std::string out = std::string(because) + "\n";
    for (const auto& line : waiting) out += "  " + line + "\n";
    talk_(out);
  }
  void ended(std::string_view, const rows& totals) override {
    std::string out;
    for (const auto& row : totals)
      out += padded("  " + row.port, 32) + (row.is_inlet ? "read    " : "wrote   ") + count(row.total);
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
      json.member("records", static_cast<std::uint64_t>(row.total)).end_object();
    }
    json.end_array();
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
      const auto& why = *failed.failure;
      json.member("streamlet", failed.name.value()).member("what", why.text).member("type", why.type);
      json.member("where", why.op).member("record", why.position).member("log", log.string());
    });
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
  void ended(std::string_view outcome, const rows& totals) override {
    tell("ended", [&](auto& json) {
      json.member("outcome", outcome);
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
