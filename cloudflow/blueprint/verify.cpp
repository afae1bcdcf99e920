#include "cloudflow/blueprint/verify.hpp"

#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/names.hpp"
#include "cloudflow/streamlet/module.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace cloudflow::blueprint {

using namespace internal;
using streamlet::streamlet_descriptor;

namespace {

constexpr std::size_t descriptor_limit = 8U << 20U; // bytes: what Kubernetes and images still carry well

class verifier {
  const blueprint& plan_;
  const streamlet::module_descriptor& module_;
  const verify_options& options_;
  std::vector<problem> problems_;
  verified_blueprint out_;

  std::unordered_map<std::string, std::vector<const streamlet_descriptor*>> classes_;
  std::unordered_map<std::string, std::size_t> streamlets_;       // by name, into out_.streamlets
  std::unordered_set<std::string> undescribed_;                   // streamlets whose class is not known
  std::vector<std::string> all_inlets_, all_outlets_, all_names_; // for "did you mean"
  std::unordered_map<std::string, std::size_t> topics_;           // by id, into out_.topics

  enum class side { inlet, outlet };
  struct use {
    std::size_t topic;
    origin where;
    bool in_connections;
    std::string outlet; // in connections: the outlet before an inlet
  };
  struct uses_of_port {
    side what;
    std::vector<use> uses;
  };
  std::unordered_map<std::string, uses_of_port> uses_; // by port path

  suggestions suggest_;

  template <class P> void report(P p) { problems_.emplace_back(std::move(p)); }

  void app() {
    out_.app_id = normalise_app_id(options_.app_name);
    if (out_.app_id.empty())
      report(name_does_not_fit{options_.app_name, "it has no letter a-z and no digit",
                               "rename the application to something like 'my-app'", plan_.where});
    if (options_.descriptor_bytes > descriptor_limit)
      report(descriptor_too_large{options_.descriptor_bytes, descriptor_limit, plan_.where});
  }

  void classes() {
    for (const auto& d : module_.streamlets) classes_[d.class_name].push_back(&d);
    if (module_.streamlets.empty() && module_.failures.empty()) report(empty_streamlet_descriptors{plan_.where});
    for (const auto& failure : module_.failures) {
      const auto at = std::find_if(plan_.streamlets.begin(), plan_.streamlets.end(),
                                   [&](const auto& s) { return s.class_name.value == failure.class_name; });
      report(extract_problem{failure.class_name, failure.reason,
                             at == plan_.streamlets.end() ? origin{} : at->class_name.where});
    }
  }

  const streamlet_descriptor* describe(const streamlet_use& s) {
    const auto& class_name = s.class_name.value;
    if (!streamlet::is_class_name(class_name)) {
      report(invalid_streamlet_class_name{s.name.value, class_name, s.class_name.where});
      return nullptr;
    }
    const auto at = classes_.find(class_name);
    if (at != classes_.end()) {
      if (at->second.size() > 1)
        report(ambiguous_streamlet_ref{s.name.value, class_name, at->second.size(), s.class_name.where});
      return at->second.front();
    }
    const bool failed = std::any_of(module_.failures.begin(), module_.failures.end(),
                                    [&](const auto& f) { return f.class_name == class_name; });
    if (!failed && !module_.streamlets.empty()) {
      std::vector<std::string> known;
      for (std::size_t i = 0; suggest_.any_left() && i < module_.streamlets.size(); ++i)
        known.push_back(module_.streamlets[i].class_name);
      report(streamlet_descriptor_not_found{s.name.value, class_name, suggest_.nearest_to(class_name, known), known,
                                            s.class_name.where});
    }
    return nullptr;
  }

  void backend(const streamlet_descriptor& d, const origin& where) {
    const auto& known = options_.known_backends;
    if (!known || std::find(known->begin(), known->end(), d.runtime) != known->end()) return;
    report(unknown_backend{d.class_name, d.runtime, suggest_.nearest_to(d.runtime, *known), *known, where});
  }

  void streamlets() {
    if (plan_.has_streamlets_section && plan_.streamlets.empty()) report(empty_streamlets{plan_.where});
    std::unordered_map<std::string, const streamlet_use*> seen;
    std::unordered_set<std::string> checked;
    for (const auto& s : plan_.streamlets) {
      if (const auto [at, fresh] = seen.emplace(s.name.value, &s); !fresh) {
        report(duplicate_streamlet_name{s.name.value, at->second->class_name.value, s.class_name.value, s.name.where,
                                        at->second->name.where});
        continue;
      }
      all_names_.push_back(s.name.value);
      if (!is_label(s.name.value)) report(invalid_streamlet_name{s.name.value, s.name.where});
      const auto* d = describe(s);
      if (d == nullptr) {
        undescribed_.insert(s.name.value);
        continue;
      }
      if (checked.insert(d->class_name).second) {
        check_descriptor(*d, s.class_name.where, problems_);
        backend(*d, s.class_name.where);
      }
      for (const auto& in : d->inlets) all_inlets_.push_back(s.name.value + "." + in.name.value());
      for (const auto& o : d->outlets) all_outlets_.push_back(s.name.value + "." + o.name.value());
      streamlets_.emplace(s.name.value, out_.streamlets.size());
      out_.streamlets.push_back({streamlet_name(s.name.value),
                                 d->class_name,
                                 d->runtime,
                                 *d,
                                 {},
                                 {},
                                 deployment_name(out_.app_id, streamlet_name(s.name.value)),
                                 s.name.where,
                                 s.class_name.where});
    }
  }

  static std::vector<std::string> names_of(const streamlet_descriptor& d, side what) {
    std::vector<std::string> out;
    if (what == side::inlet)
      for (const auto& p : d.inlets) out.push_back(p.name.value());
    else
      for (const auto& p : d.outlets) out.push_back(p.name.value());
    return out;
  }

  // The port that a text names, if it is there and on the right side.
  std::optional<port_path> port(const located<std::string>& text, side wanted) {
    const auto& all = wanted == side::inlet ? all_inlets_ : all_outlets_;
    const auto dot = text.value.find('.');
    const bool well_formed = dot != std::string::npos && dot != 0 && dot + 1 != text.value.size() &&
                             text.value.find('.', dot + 1) == std::string::npos;
    if (!well_formed) {
      report(invalid_port_path{text.value, only_port(text.value, wanted), text.where});
      return std::nullopt;
    }
    port_path path{streamlet_name(text.value.substr(0, dot)), port_name(text.value.substr(dot + 1))};
    if (undescribed_.contains(path.streamlet.value())) return std::nullopt; // its class is the problem
    const auto at = streamlets_.find(path.streamlet.value());
    if (at == streamlets_.end()) {
      auto suggestion = suggest_.nearest_to(text.value, all);
      report(port_path_not_found{std::move(path), false, std::move(suggestion), suggest_.shown_of(all_names_),
                                 text.where});
      return std::nullopt;
    }
    const auto& d = out_.streamlets[at->second].descriptor;
    const bool is_inlet = d.find_inlet(path.port) != nullptr;
    const bool is_outlet = d.find_outlet(path.port) != nullptr;
    if (!is_inlet && !is_outlet) {
      auto known = names_of(d, wanted);
      auto close = suggest_.nearest_to(path.port.value(), known);
      if (close.empty() && known.size() == 1) close = known.front();
      if (!close.empty()) close = path.streamlet.value() + "." + close;
      auto others = names_of(d, wanted == side::inlet ? side::outlet : side::inlet);
      known.insert(known.end(), others.begin(), others.end());
      report(port_path_not_found{std::move(path), true, std::move(close), std::move(known), text.where});
      return std::nullopt;
    }
    if (wanted == side::outlet && !is_outlet) {
      report(invalid_producer_port_path{std::move(path), names_of(d, side::outlet), text.where});
      return std::nullopt;
    }
    if (wanted == side::inlet && !is_inlet) {
      report(invalid_consumer_port_path{std::move(path), names_of(d, side::inlet), text.where});
      return std::nullopt;
    }
    return path;
  }

  // "ingress" stands for its only port on that side.
  std::string only_port(const std::string& text, side wanted) {
    const auto at = streamlets_.find(text);
    if (at != streamlets_.end()) {
      const auto names = names_of(out_.streamlets[at->second].descriptor, wanted);
      if (names.size() == 1) return text + "." + names.front();
    }
    return suggest_.nearest_to(text, wanted == side::inlet ? all_inlets_ : all_outlets_);
  }

  void bind(const port_path& path, side what, use u) {
    auto& entry = uses_[path.text()];
    entry.what = what;
    if (entry.uses.empty()) {
      auto& topic = out_.topics[u.topic];
      (what == side::inlet ? topic.consumers : topic.producers).push_back(path);
    }
    entry.uses.push_back(std::move(u));
  }

  std::size_t add_topic(verified_topic topic) {
    const std::size_t at = out_.topics.size();
    topics_.emplace(topic.id.value(), at);
    out_.topics.push_back(std::move(topic));
    return at;
  }

  void connections() {
    for (const auto& c : plan_.connections) {
      const auto outlet = port(c.outlet, side::outlet);
      std::optional<std::size_t> topic;
      if (outlet) {
        verified_topic made;
        made.id = default_topic_id(*outlet);
        made.name = default_topic_name(out_.app_id, *outlet);
        made.where = c.outlet.where;
        const auto known = topics_.find(made.id.value());
        const bool again = known != topics_.end() && !out_.topics[known->second].producers.empty() &&
                           out_.topics[known->second].producers.front() == *outlet;
        if (known != topics_.end() && !again)
          report(duplicate_topic_id{made.id, c.outlet.where, out_.topics[known->second].where,
                                    out_.topics[known->second].producers.front().text(), outlet->text()});
        topic = again ? known->second : add_topic(std::move(made));
        bind(*outlet, side::outlet, {*topic, c.outlet.where, true, {}});
      }
      for (const auto& text : c.inlets)
        if (const auto inlet = port(text, side::inlet); inlet) {
          if (topic) {
            bind(*inlet, side::inlet, {*topic, text.where, true, outlet->text()});
          } else {
            uses_.try_emplace(inlet->text()); // connected, to something that is reported
          }
        }
    }
  }

  void topics() {
    for (const auto& t : plan_.topics) {
      const topic_id id(t.id.value);
      const auto known = topics_.find(t.id.value);
      if (t.producers.empty() && t.consumers.empty()) {
        if (known == topics_.end()) {
          std::vector<std::string> ids;
          for (std::size_t i = 0; suggest_.any_left() && i < out_.topics.size(); ++i)
            ids.push_back(out_.topics[i].id.value());
          report(empty_topic{id, suggest_.nearest_to(t.id.value, ids), t.id.where});
        } else {
          apply_settings(out_.topics[known->second], t.settings); // settings of a topic that `connections` makes
        }
        continue;
      }
      verified_topic made;
      made.id = id;
      made.name = topic_name(t.id.value);
      made.named = true;
      made.where = t.id.where;
      apply_settings(made, t.settings);
      const std::size_t problems_before = problems_.size();
      const auto other = known == topics_.end() ? std::nullopt : std::optional(known->second);
      const std::size_t topic = add_topic(std::move(made));
      bool shared = false;
      const auto bind_all = [&](const std::vector<located<std::string>>& list, side what) {
        for (const auto& text : list)
          if (const auto path = port(text, what); path) {
            const auto before = uses_.find(path->text());
            shared = shared || (before != uses_.end() && !before->second.uses.empty());
            bind(*path, what, {topic, text.where, false, {}});
          }
      };
      bind_all(t.producers, side::outlet);
      bind_all(t.consumers, side::inlet);
      if (other && !shared && problems_.size() == problems_before)
        report(duplicate_topic_id{id, t.id.where, out_.topics[*other].where,
                                  out_.topics[*other].producers.empty() ? "'topics'"
                                                                        : out_.topics[*other].producers.front().text(),
                                  "'topics'"});
    }
  }

  void bound_more_than_once() {
    for (const auto& [text, entry] : uses_) {
      if (entry.uses.size() < 2) continue;
      const auto dot = text.find('.');
      const port_path path{streamlet_name(text.substr(0, dot)), port_name(text.substr(dot + 1))};
      std::set<std::string> outlets;
      bool in_connections = entry.what == side::inlet;
      for (const auto& u : entry.uses) {
        in_connections = in_connections && u.in_connections;
        outlets.insert(u.outlet);
      }
      if (in_connections && outlets.size() == entry.uses.size()) {
        report(fan_in{path, {outlets.begin(), outlets.end()}, entry.uses[1].where});
        continue;
      }
      port_bound_to_many_topics p{path, {}, entry.uses[1].where};
      for (const auto& u : entry.uses) p.topics.push_back({out_.topics[u.topic].id, u.where});
      report(std::move(p));
    }
  }

  void ports_of_streamlets() {
    for (auto& s : out_.streamlets) {
      for (const auto& in : s.descriptor.inlets) bind_port(s, in.name, side::inlet);
      for (const auto& o : s.descriptor.outlets) bind_port(s, o.name, side::outlet);
      // Inlets that meet are one group, named by the first of them.
      for (const auto& group : s.descriptor.co_partitioned)
        for (const auto& name : group)
          for (auto& in : s.inlets)
            if (in.name == name && in.first_of_group.value().empty()) {
              in.first_of_group = group.front();
              in.group = group_of(out_.app_id, {s.name, group.front()});
            }
    }
  }

  void bind_port(verified_streamlet& s, const port_name& name, side what) {
    const port_path path{s.name, name};
    const auto at = uses_.find(path.text());
    if (at == uses_.end()) {
      if (what == side::inlet)
        report(unconnected_inlet{path, s.class_name, s.where});
      else
        report(unconnected_outlet{path, s.class_name, s.where});
      return;
    }
    if (at->second.uses.empty()) return;
    const auto& first = at->second.uses.front();
    bound_port bound{name, out_.topics[first.topic].id, {}, {}, first.where};
    if (what == side::inlet) bound.group = group_of(out_.app_id, path);
    (what == side::inlet ? s.inlets : s.outlets).push_back(std::move(bound));
  }

public:
  verifier(const blueprint& plan, const streamlet::module_descriptor& module, const verify_options& options)
      : plan_(plan)
      , module_(module)
      , options_(options)
      , problems_(plan.problems) {}

  expected<verified_blueprint, std::vector<problem>> run() {
    app();
    classes();
    streamlets();
    connections();
    topics();
    bound_more_than_once();
    ports_of_streamlets();
    read_topic_schemas(out_, options_.reader, problems_);
    check_topic_names(out_, problems_);
    check_schemas(out_, problems_);
    check_partitioning(out_, problems_);
    if (!problems_.empty()) {
      sort_by_place(problems_);
      return unexpected(std::move(problems_));
    }
    for (const auto& c : find_cycles(out_)) out_.notes.push_back(c.to_diagnostic());
    return std::move(out_);
  }
};

} // namespace

expected<verified_blueprint, std::vector<problem>>
verify(const blueprint& plan, const streamlet::module_descriptor& module, const verify_options& options) {
  return verifier(plan, module, options).run();
}

} // namespace cloudflow::blueprint
