#include "cloudflow/base/metric.hpp"

#include "cloudflow/base/assert.hpp"
#include "cloudflow/base/json_writer.hpp"

#include <algorithm>

namespace cloudflow {

namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '"')
      out += "\\\"";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
}

void append_series(std::string& out, const std::string& name, const metric_labels& labels, const std::string& value) {
  out += name;
  if (!labels.empty()) {
    out += '{';
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (i != 0) out += ',';
      out += labels[i].first + "=\"";
      append_escaped(out, labels[i].second);
      out += '"';
    }
    out += '}';
  }
  out += ' ' + value + '\n';
}

} // namespace

metric_registry::family& metric_registry::family_of(std::string_view name, std::string_view help, bool is_counter) {
  auto at = families_.find(name);
  if (at == families_.end()) {
    at = families_.emplace(std::string(name), family{}).first;
    at->second.is_counter = is_counter;
  }
  CLOUDFLOW_ASSERT(at->second.is_counter == is_counter, "one name is a counter and a gauge");
  if (at->second.help.empty()) at->second.help = help;
  return at->second;
}

counter& metric_registry::get_counter(std::string_view name, metric_labels labels, std::string_view help) {
  std::sort(labels.begin(), labels.end());
  const std::lock_guard lock(mutex_);
  auto& slot = family_of(name, help, true).counters[std::move(labels)];
  if (!slot) slot = std::make_unique<counter>();
  return *slot;
}

gauge& metric_registry::get_gauge(std::string_view name, metric_labels labels, std::string_view help) {
  std::sort(labels.begin(), labels.end());
  const std::lock_guard lock(mutex_);
  auto& slot = family_of(name, help, false).gauges[std::move(labels)];
  if (!slot) slot = std::make_unique<gauge>();
  return *slot;
}

std::vector<metric_registry::sample> metric_registry::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<sample> out;
  for (const auto& [name, f] : families_) {
    for (const auto& [labels, c] : f.counters) out.push_back({name, labels, static_cast<double>(c->value())});
    for (const auto& [labels, g] : f.gauges) out.push_back({name, labels, g->value()});
  }
  return out;
}

std::string metric_registry::exposition() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, f] : families_) {
    if (!f.help.empty()) {
      out += "# HELP " + name + " ";
      append_escaped(out, f.help);
      out += '\n';
    }
    out += "# TYPE " + name + (f.is_counter ? " counter\n" : " gauge\n");
    for (const auto& [labels, c] : f.counters) append_series(out, name, labels, std::to_string(c->value()));
    for (const auto& [labels, g] : f.gauges) append_series(out, name, labels, shortest(g->value()));
  }
  return out;
}

} // namespace cloudflow
