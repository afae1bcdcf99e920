#include "cloudflow/sandbox/rates.hpp"

#include <array>
#include <cstdio>

namespace cloudflow::sandbox {

namespace {

bool is_read(const metric_registry::sample& s) { return s.name == "cloudflow_records_in_total"; }
bool is_written(const metric_registry::sample& s) { return s.name == "cloudflow_records_out_total"; }

std::string port_of(const metric_registry::sample& s) {
  std::string streamlet, port;
  for (const auto& [key, value] : s.labels) {
    if (key == "streamlet") streamlet = value;
    if (key == "port") port = value;
  }
  return streamlet + "." + port;
}

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
  const auto samples = metrics.snapshot();
  std::map<std::string, double> left_out, dead;
  for (const auto& sample : samples) {
    if (sample.name == "cloudflow_records_skipped_total") left_out[port_of(sample)] = sample.value;
    if (sample.name == "cloudflow_dead_letters_total") dead[port_of(sample)] = sample.value;
  }
  for (const auto& sample : samples) {
    const bool in = is_read(sample);
    if (!in && !is_written(sample)) continue;
    row r{port_of(sample), in, 0, sample.value};
    if (in) {
      r.left_out = left_out[r.port];
      r.dead_letters = dead[r.port];
    }
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
