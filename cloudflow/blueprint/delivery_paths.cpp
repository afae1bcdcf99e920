#include "cloudflow/blueprint/delivery_paths.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

namespace cloudflow::blueprint {

namespace {

using streamlet::delivery;

constexpr std::size_t most_steps = 20'000; // of the search: cycles have many ways that lead nowhere

constexpr std::size_t links_at_a_glance = 3;

bool has_attribute(const verified_streamlet& s, std::string_view name) {
  const auto& all = s.descriptor.attributes;
  return std::any_of(all.begin(), all.end(), [&](const auto& a) { return a.attribute_name == name; });
}

class search {
  const verified_blueprint& plan_;
  const std::vector<streamlet_config>& configuration_;
  delivery_paths found_;
  std::set<std::vector<std::string>> seen_;
  std::vector<std::size_t> way_; // streamlets, by their place in the plan
  std::vector<std::string> entered_by_;
  std::string from_topic_; // where nobody of ours writes
  std::size_t steps_ = 0;

  [[nodiscard]] streamlet_config config_of(std::size_t at) const {
    return at < configuration_.size() ? configuration_[at] : streamlet_config{};
  }

  void end(const std::string& in_topic) {
    if (found_.paths.size() == most_delivery_paths) {
      found_.complete = false;
      return;
    }
    delivery_path path;
    std::vector<weak_link> weak;
    if (!from_topic_.empty()) path.stations.push_back(from_topic_);
    for (std::size_t i = 0; i < way_.size(); ++i) {
      const auto& s = plan_.streamlets[way_[i]];
      const auto config = config_of(way_[i]);
      const bool goes_on = i + 1 < way_.size() || !in_topic.empty();
      path.stations.push_back(s.name.value());
      const bool source = s.inlets.empty();
      std::optional<weak_link> by_nature; // worth saying before what configuration makes of it
      if (source && !has_attribute(s, "seekable"))
        by_nature = {s.name.value(), delivery::at_least_once,
                     has_attribute(s, "server") ? "a client that sees no answer sends again"
                                                : "its source cannot go back"};
      else if (!goes_on && !has_attribute(s, "transactional-sink") && !has_attribute(s, "idempotent-sink"))
        by_nature = {s.name.value() + "." + entered_by_[i], delivery::at_least_once, "its sink may repeat"};
      if (config.delivery != delivery::exactly_once && !(by_nature && by_nature->worth == config.delivery))
        weak.push_back({s.name.value(), config.delivery, "its delivery says so"});
      if (by_nature) weak.push_back(*std::move(by_nature));
      const bool in_transactions =
          config.delivery == delivery::exactly_once && (!source || has_attribute(s, "seekable"));
      const auto hops = s.descriptor.repartitions.size() + (goes_on ? 1 : 0); // topics that it writes on the way
      if (in_transactions) path.commits_add += hops * config.commit_interval;
    }
    if (!in_topic.empty()) path.stations.push_back(in_topic);
    if (!seen_.insert(path.stations).second) return;
    for (const auto& link : weak) path.worth = std::max(path.worth, link.worth); // the enumeration goes down
    for (auto& link : weak)
      if (link.worth == path.worth) path.weakest.push_back(std::move(link));
    found_.paths.push_back(std::move(path));
  }

  void follow(const verified_topic& topic) {
    if (topic.consumers.empty()) return end("[" + topic.id.value() + "]");
    for (const auto& reader : topic.consumers) enter(reader);
  }

  void enter(const port_path& inlet) {
    for (std::size_t i = 0; i < plan_.streamlets.size(); ++i)
      if (plan_.streamlets[i].name == inlet.streamlet) return visit(i, inlet.port.value());
  }

  void visit(std::size_t at, const std::string& by) {
    if (++steps_ > most_steps || !found_.complete) {
      found_.complete = false;
      return;
    }
    if (std::find(way_.begin(), way_.end(), at) != way_.end()) return; // a cycle: the way on is another path
    way_.push_back(at);
    entered_by_.push_back(by);
    const auto& s = plan_.streamlets[at];
    if (s.outlets.empty() && !s.inlets.empty()) end({});
    for (const auto& outlet : s.outlets)
      if (const auto* topic = plan_.find(outlet.topic)) follow(*topic);
    way_.pop_back();
    entered_by_.pop_back();
  }

public:
  search(const verified_blueprint& plan, const std::vector<streamlet_config>& configuration)
      : plan_(plan)
      , configuration_(configuration) {}

  delivery_paths all() && {
    for (std::size_t i = 0; i < plan_.streamlets.size(); ++i)
      if (plan_.streamlets[i].inlets.empty()) visit(i, {});
    for (const auto& topic : plan_.topics) {
      if (!topic.producers.empty()) continue;
      from_topic_ = "[" + topic.id.value() + "]";
      for (const auto& reader : topic.consumers) enter(reader);
    }
    return std::move(found_);
  }
};

std::string text_of(std::chrono::milliseconds time) {
  const auto ms = time.count();
  if (ms < 1000 || ms % 100 != 0) return std::to_string(ms) + " ms";
  const auto tenths = ms % 1000 / 100;
  return std::to_string(ms / 1000) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + " s";
}

} // namespace

delivery_paths find_delivery_paths(const verified_blueprint& plan, const std::vector<streamlet_config>& configuration) {
  return search(plan, configuration).all();
}

delivery worth_of(const delivery_paths& all) {
  auto worst = delivery::exactly_once;
  for (const auto& path : all.paths) worst = std::max(worst, path.worth);
  return worst;
}

std::string text_of(const delivery_paths& all, std::string_view indent, std::size_t most) {
  std::string out;
  for (const auto& path : std::span(all.paths).first(std::min(most, all.paths.size()))) {
    out += indent;
    for (std::size_t i = 0; i < path.stations.size(); ++i) out += (i == 0 ? "" : " -> ") + path.stations[i];
    out += "\n" + std::string(indent) + "  " + std::string(name_of(path.worth));
    for (std::size_t i = 0; i < std::min(path.weakest.size(), links_at_a_glance); ++i)
      out += (i == 0 ? ", weakest: " : "; ") + path.weakest[i].name + " (" + path.weakest[i].why + ")";
    if (path.weakest.size() > links_at_a_glance)
      out += "; and " + std::to_string(path.weakest.size() - links_at_a_glance) + " more";
    if (path.commits_add.count() > 0)
      out += "\n" + std::string(indent) + "  commits add up to " + text_of(path.commits_add);
    out += "\n";
  }
  if (all.paths.size() > most) {
    const auto left = all.paths.size() - most;
    out += std::string(indent) + "and " + std::to_string(left) + (left == 1 ? " more path" : " more paths") +
           (all.complete ? "" : " at least") + "\n";
  } else if (!all.complete) {
    out += std::string(indent) + "and more paths\n";
  }
  return out;
}

} // namespace cloudflow::blueprint
