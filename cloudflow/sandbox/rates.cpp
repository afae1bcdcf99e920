#include "cloudflow/sandbox/rates.hpp"

#include <array>
#include <cstdio>

namespace cloudflow::sandbox {

namespace {

bool is_read(const metric_registry::sample& s) { return s.name == "cloudflow_records_in_total"; }
bool is_written(const metric_registry::sample& s) { return s.name == "cloudflow_records_out_total"; }

} // namespace

double records_moved(const metric_registry& metrics) {
  double sum = 0;
  for (const auto& s : metrics.snapshot())
    if (is_read(s) || is_written(s)) sum += s.value;
  return sum;
}

std::vector<port_rates::row> port_rates::look(const metric_registry& metrics, std::chrono::nanoseconds now) {
  std::vector<row> out;
  const double seconds = std::chrono::duration<double>(now - then_).count();
  for (const auto& sample : metrics.snapshot()) {
    const bool in = is_read(sample);
    if (!in && !is_written(sample)) continue;
    std::string streamlet, port;
    for (const auto& [key, value] : sample.labels) {
      if (key == "streamlet") streamlet = value;
      if (key == "port") port = value;
    }
    row r{streamlet + "." + port, in, 0, sample.value};
    const auto at = before_.find(r.port);
    if (at != before_.end() && seconds > 0) r.per_second = (sample.value - at->second) / seconds;
    before_[r.port] = sample.value;
    out.push_back(std::move(r));
  }
  then_ = now;
  return out;
}

std::string rate_text(double per_second) {
  static constexpr std::array units = {"/s", " k/s", " M/s", " G/s"};
  std::size_t unit = 0;
  while (per_second >= 1000 && unit + 1 < units.size()) {
    per_second /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, per_second < 10 && unit > 0 ? "%.1f%s" : "%.0f%s", per_second, units[unit]);
  return text;
}

} // namespace cloudflow::sandbox
