#include "cloudflow/blueprint/internal/engine_settings.hpp"

#include "cloudflow/config/path.hpp"
#include "cloudflow/config/read.hpp"

#include <algorithm>
#include <chrono>

namespace cloudflow::blueprint::internal {

namespace {

constexpr std::int64_t retries_limit = 1'000;
constexpr std::int64_t partitions_limit = 10'000;
constexpr std::chrono::hours commit_limit{1};

} // namespace

bool engine_settings::choice(const given& g, std::string& into) {
  const auto read = config::as_string(g.value);
  if (!read) {
    report_wrong_type(g, read.error().message, out_);
    return false;
  }
  const auto choices = split(g.what->choices, ' ');
  if (std::find(choices.begin(), choices.end(), *read) == choices.end()) {
    const auto close = nearest(*read, choices);
    out_.emplace_back(value_out_of_range{
        config::render_path(g.keys), *read,
        "it is one of " + listed(choices) + (close ? "; " + *close + " may be meant" : ""), g.value.where()});
    return false;
  }
  into = *read;
  return true;
}

void engine_settings::unsupported(const given& g, std::string value, std::string reason, std::string hint) {
  out_.emplace_back(unsupported_setting{config::render_path(g.keys), std::move(value), std::move(reason),
                                        std::move(hint), g.value.where()});
}

void engine_settings::delivery(const given& g, streamlet_config& into) {
  std::string text;
  if (!choice(g, text)) return;
  using enum streamlet::delivery;
  for (const auto each : {exactly_once, at_least_once, at_most_once})
    if (text == streamlet::name_of(each)) into.delivery = each;
}

void engine_settings::commit_interval(const given& g, streamlet_config& into) {
  const auto read = config::as_duration(g.value);
  if (!read) {
    report_wrong_type(g, read.error().message, out_);
  } else if (*read < std::chrono::milliseconds(1) || *read > commit_limit) {
    out_.emplace_back(value_out_of_range{config::render_path(g.keys), std::string(g.value.text()),
                                         "it lies from 1 ms to 1 h", g.value.where()});
  } else {
    into.commit_interval = std::chrono::duration_cast<std::chrono::milliseconds>(*read);
  }
}

void engine_settings::retries(const given& g, const port_name& inlet, streamlet_config& into) {
  const auto read = config::as_int(g.value);
  if (!read) {
    report_wrong_type(g, read.error().message, out_);
  } else if (*read < 0 || *read > retries_limit) {
    out_.emplace_back(value_out_of_range{config::render_path(g.keys), std::string(g.value.text()),
                                         "it lies from 0 to 1000", g.value.where()});
  } else {
    into.retries[inlet] = static_cast<std::int32_t>(*read);
  }
}

void engine_settings::repartition(const given& g, const verified_streamlet& s, streamlet_config& into) {
  const port_name name(g.keys[g.keys.size() - 2]);
  std::vector<std::string> known;
  for (const auto& each : s.descriptor.repartitions) known.push_back(each.name.value());
  if (std::find(known.begin(), known.end(), name.value()) == known.end())
    return unknown_among({g.keys.begin(), g.keys.end() - 1}, g.key_where, known, out_);
  const auto read = config::as_int(g.value);
  if (!read) {
    report_wrong_type(g, read.error().message, out_);
  } else if (*read < 1 || *read > partitions_limit) {
    out_.emplace_back(value_out_of_range{config::render_path(g.keys), std::string(g.value.text()),
                                         "it lies from 1 to 10000", g.value.where()});
  } else {
    into.repartitions[name] = static_cast<std::int32_t>(*read);
  }
}

void engine_settings::on_error(const given& g, const port_name& inlet, streamlet_config& into) {
  std::string text;
  if (!choice(g, text)) return;
  into.on_error[inlet] = *streamlet::error_policy_named(text);
}

void engine_settings::read(const given& g, const verified_streamlet& s, streamlet_config& into, bool of_streamlet) {
  switch (g.what->id) {
  case setting_id::delivery: return delivery(g, into);
  case setting_id::commit_interval: return commit_interval(g, into);
  case setting_id::state: {
    std::string text;
    if (choice(g, text) && text == "rocksdb")
      unsupported(g, text, "state lies in memory only", "use memory, which is the default");
    return;
  }
  case setting_id::on_error:
  case setting_id::retries: {
    const port_name inlet(g.keys[g.keys.size() - 2]);
    if (s.descriptor.find_inlet(inlet) == nullptr) {
      if (of_streamlet) {
        std::vector<std::string> known;
        for (const auto& in : s.descriptor.inlets) known.push_back(in.name.value());
        auto close = suggest_.nearest_to(inlet.value(), known);
        out_.emplace_back(
            unknown_inlet{s.name.value(), inlet.value(), std::move(close), std::move(known), g.key_where});
      }
      return; // a runtime's setting holds for those that have such an inlet
    }
    return g.what->id == setting_id::on_error ? on_error(g, inlet, into) : retries(g, inlet, into);
  }
  case setting_id::repartition_partitions: return repartition(g, s, into);
  case setting_id::runtime_setting:
    if (s.runtime != "native") {
      into.config =
          config::value::empty_object().with({g.keys.back()}, g.value, g.key_where).with_fallback(into.config);
    } else {
      unknown_among(g.keys, g.key_where, {"commit-interval", "delivery", "inlets", "repartitions", "state"}, out_);
    }
    return;
  case setting_id::kubernetes:
    return unsupported(g, "{ ... }", "configuration of pods comes with deployment",
                       "remove it; nothing else depends on it");
  default: return;
  }
}

} // namespace cloudflow::blueprint::internal
