#include "cloudflow/cli/replay_plan.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/base/suggest.hpp"
#include "cloudflow/cli/arguments.hpp"

#include <algorithm>
#include <set>

namespace cloudflow::cli {

namespace {

using blueprint::bound_port;
using blueprint::verified_blueprint;
using blueprint::verified_streamlet;

std::string meant(const std::string& typed, const std::vector<std::string>& known) {
  const auto near = nearest(typed, known);
  if (near) return "; did you mean '" + *near + "'?";
  std::string list;
  for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
  return "; there are: " + list;
}

result<const verified_streamlet*> find_streamlet(const verified_blueprint& app, const std::string& name) {
  if (const auto* found = app.find(streamlet_name(name))) return found;
  std::vector<std::string> known;
  for (const auto& s : app.streamlets) known.push_back(s.name.value());
  return user_error(errc::not_found, "there is no streamlet " + shown(name) + meant(name, known));
}

result<std::vector<bound_port>> find_inlets(const verified_streamlet& of, const std::optional<std::string>& inlet) {
  if (of.inlets.empty())
    return user_error(errc::invalid_argument,
                      "streamlet '" + of.name.value() + "' has no inlets: there is nothing that it could read again");
  if (!inlet) return of.inlets;
  std::vector<std::string> known;
  for (const auto& p : of.inlets) {
    if (p.name.value() == *inlet) return std::vector<bound_port>{p};
    known.push_back(p.name.value());
  }
  return user_error(errc::not_found,
                    "streamlet '" + of.name.value() + "' has no inlet " + shown(*inlet) + meant(*inlet, known));
}

result<void> add_steps(const bound_port& inlet, const topic_name& topic, const log::topic_log& log,
                       const start_place& from, replay_plan& into) {
  const auto group = log.describe_group(inlet.group);
  const auto described = log.describe_topic(topic);
  const auto nothing_read = [&] {
    return user_error(errc::not_found, "group '" + inlet.group.value() + "' has read nothing of topic '" +
                                           topic.value() + "' in this data folder yet: there is nothing to replay");
  };
  if (!group || !described) {
    const auto& why = group ? described.error() : group.error();
    return why.code == errc::not_found ? nothing_read() : unexpected(why);
  }
  bool any = false;
  for (const auto& p : group->progress) {
    if (p.source.topic != topic) continue;
    any = true;
    const auto to = offset_of(log, p.source, from);
    if (!to) return unexpected(to.error());
    into.steps.push_back({inlet.name, inlet.group, p.source, p.committed.value_or(p.position), *to});
  }
  return any ? result<void>() : nothing_read();
}

void add_downstream(const verified_blueprint& app, const verified_streamlet& of, const log::topic_log& log,
                    replay_plan& into) {
  std::set<streamlet_name> seen{of.name};
  std::vector<const verified_streamlet*> next{&of};
  for (std::size_t i = 0; i < next.size(); ++i)
    for (const auto& outlet : next[i]->outlets) {
      const auto* topic = app.find(outlet.topic);
      if (topic == nullptr) continue;
      const auto described = log.describe_topic(topic->name);
      if (i == 0 && described && described->closed) into.closed_outlets.push_back(topic->name);
      for (const auto& reader : topic->consumers) {
        if (!seen.insert(reader.streamlet).second) continue;
        into.downstream.push_back({reader.streamlet, topic->name});
        if (const auto* s = app.find(reader.streamlet)) next.push_back(s);
      }
    }
}

} // namespace

result<replay_plan> plan_replay(const verified_blueprint& app, const log::topic_log& log, const std::string& target,
                                const start_place& from) {
  const auto dot = target.find('.');
  const auto streamlet = find_streamlet(app, target.substr(0, dot));
  if (!streamlet) return unexpected(streamlet.error());
  const auto inlets =
      find_inlets(**streamlet, dot == std::string::npos ? std::optional<std::string>() : target.substr(dot + 1));
  if (!inlets) return unexpected(inlets.error());
  replay_plan out{(*streamlet)->name};
  for (const auto& inlet : *inlets) {
    const auto* topic = app.find(inlet.topic);
    if (topic == nullptr) continue;
    if (auto added = add_steps(inlet, topic->name, log, from, out); !added) return unexpected(added.error());
    topic_name dead(app.app_id + "." + out.streamlet.value() + "." + inlet.name.value() + ".dead");
    if (log.describe_topic(dead)) out.dead_letters.push_back(std::move(dead));
  }
  add_downstream(app, **streamlet, log, out);
  const topic_name changelog(app.app_id + "." + out.streamlet.value() + ".changelog");
  if (log.describe_topic(changelog)) out.changelog = changelog;
  return out;
}

result<void> carry_out(const replay_plan& plan, log::topic_log& log) {
  for (const auto& s : plan.steps)
    if (auto set = log.reset_group(s.group, s.source, s.to); !set) return set;
  if (!plan.changelog || !plan.drop_state) return {};
  return log.remove_topic(*plan.changelog);
}

std::string text_of(const replay_plan& plan) {
  std::string out = "Positions of streamlet '" + plan.streamlet.value() + "'\n";
  for (const auto& s : plan.steps) {
    const auto again = s.now.value() - s.to.value();
    out += "  " + s.source.text() + "  " + std::to_string(s.now.value()) + " -> " + std::to_string(s.to.value());
    if (again > 0) out += ", up to " + std::to_string(again) + (again == 1 ? " record again\n" : " records again\n");
    if (again == 0) out += ", as it is\n";
    if (again < 0) out += ", " + std::to_string(-again) + " skipped\n";
  }
  out += plan.changelog ? "State\n  in " + plan.changelog->value() + "\n" : "State\n  none\n";
  out += "Behind it\n";
  for (const auto& w : plan.downstream)
    out += "  " + w.streamlet.value() + " sees results twice, from " + w.topic.value() + "\n";
  if (plan.downstream.empty()) out += "  nobody: what it does outside of the log it does twice\n";
  for (const auto& t : plan.dead_letters)
    out += "  records that cannot be handled become dead letters again, in " + t.value() + "\n";
  for (const auto& t : plan.closed_outlets)
    out += "  topic " + t.value() + " is closed, its writers completed: the next run cannot write to it\n";
  return out;
}

std::string json_of(const replay_plan& plan) {
  json_writer json(2);
  json.begin_object().member("streamlet", plan.streamlet.value()).key("positions").begin_array();
  for (const auto& s : plan.steps) {
    json.begin_object().member("inlet", s.inlet.value()).member("group", s.group.value());
    json.member("topic", s.source.topic.value()).member("partition", s.source.partition.value());
    json.member("from", s.now.value()).member("to", s.to.value()).end_object();
  }
  json.end_array().member("state", !plan.changelog ? "none" : plan.drop_state ? "dropped" : "kept");
  json.key("sees_twice").begin_array();
  for (const auto& w : plan.downstream)
    json.begin_object().member("streamlet", w.streamlet.value()).member("topic", w.topic.value()).end_object();
  json.end_array().key("dead_letters_again").begin_array();
  for (const auto& t : plan.dead_letters) json.value(t.value());
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

} // namespace cloudflow::cli
