#include "cloudflow/blueprint/internal/layers.hpp"

#include <algorithm>
#include <unordered_map>

namespace cloudflow::blueprint::internal {

namespace {

constexpr int sweeps = 4; // of ordering rows by their neighbours: more change little

using adjacency = std::vector<std::vector<std::size_t>>; // edges by node

// Marks the edges that lead back to a node that is still being visited. Without recursion: chains may be long.
void mark_back_edges(drawing& d, const adjacency& out) {
  enum class state : char { fresh, open, done };
  std::vector<state> states(d.nodes.size(), state::fresh);
  std::vector<std::pair<std::size_t, std::size_t>> path;
  for (std::size_t root = 0; root < d.nodes.size(); ++root) {
    if (states[root] != state::fresh) continue;
    states[root] = state::open;
    path.emplace_back(root, 0);
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == out[node].size()) {
        states[node] = state::done;
        path.pop_back();
        continue;
      }
      auto& edge = d.edges[out[node][next++]];
      if (states[edge.to] == state::open) {
        edge.back = true;
      } else if (states[edge.to] == state::fresh) {
        states[edge.to] = state::open;
        path.emplace_back(edge.to, 0);
      }
    }
  }
}

// A node lies one layer behind the furthest of those before it.
void assign_layers(drawing& d, const adjacency& out) {
  std::vector<std::size_t> waiting(d.nodes.size(), 0);
  for (const auto& e : d.edges)
    if (!e.back) ++waiting[e.to];
  std::vector<std::size_t> ready;
  for (std::size_t n = 0; n < d.nodes.size(); ++n)
    if (waiting[n] == 0) ready.push_back(n);
  for (std::size_t i = 0; i < ready.size(); ++i)
    for (const std::size_t at : out[ready[i]]) {
      const auto& e = d.edges[at];
      if (e.back) continue;
      d.nodes[e.to].layer = std::max(d.nodes[e.to].layer, d.nodes[e.from].layer + 1);
      if (--waiting[e.to] == 0) ready.push_back(e.to);
    }
  for (const auto& n : d.nodes) d.layers = std::max(d.layers, n.layer + 1);
}

// Rows in the order of the middle of their neighbours, forth and back.
void assign_rows(drawing& d) {
  std::vector<std::vector<std::size_t>> layers(d.layers);
  for (std::size_t n = 0; n < d.nodes.size(); ++n) layers[d.nodes[n].layer].push_back(n);
  adjacency before(d.nodes.size());
  adjacency behind(d.nodes.size());
  for (const auto& e : d.edges) {
    if (e.back) continue;
    before[e.to].push_back(e.from);
    behind[e.from].push_back(e.to);
  }
  const auto number = [&] {
    for (const auto& layer : layers)
      for (std::size_t row = 0; row < layer.size(); ++row) d.nodes[layer[row]].row = row;
  };
  number();
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    const auto& neighbours = sweep % 2 == 0 ? before : behind;
    for (std::size_t k = 0; k < layers.size(); ++k) {
      auto& layer = layers[sweep % 2 == 0 ? k : layers.size() - 1 - k];
      std::unordered_map<std::size_t, double> middle;
      for (const std::size_t n : layer) {
        double sum = 0;
        for (const std::size_t m : neighbours[n]) sum += static_cast<double>(d.nodes[m].row);
        middle[n] = neighbours[n].empty() ? static_cast<double>(d.nodes[n].row)
                                          : sum / static_cast<double>(neighbours[n].size());
      }
      std::stable_sort(layer.begin(), layer.end(), [&](auto a, auto b) { return middle[a] < middle[b]; });
      for (std::size_t row = 0; row < layer.size(); ++row) d.nodes[layer[row]].row = row;
    }
  }
  for (const auto& layer : layers) d.rows = std::max(d.rows, layer.size());
}

} // namespace

drawing lay_out(const verified_blueprint& plan) {
  drawing d;
  std::unordered_map<streamlet_name, std::size_t> at;
  for (std::size_t i = 0; i < plan.streamlets.size(); ++i) {
    at.emplace(plan.streamlets[i].name, d.nodes.size());
    d.nodes.push_back({false, i, 0, 0});
  }
  for (std::size_t i = 0; i < plan.topics.size(); ++i) {
    const std::size_t topic = d.nodes.size();
    d.nodes.push_back({true, i, 0, 0});
    for (const auto& p : plan.topics[i].producers)
      if (const auto s = at.find(p.streamlet); s != at.end()) d.edges.push_back({s->second, topic, false});
    for (const auto& p : plan.topics[i].consumers)
      if (const auto s = at.find(p.streamlet); s != at.end()) d.edges.push_back({topic, s->second, false});
  }
  adjacency out(d.nodes.size());
  for (std::size_t e = 0; e < d.edges.size(); ++e) out[d.edges[e].from].push_back(e);
  mark_back_edges(d, out);
  assign_layers(d, out);
  assign_rows(d);
  return d;
}

} // namespace cloudflow::blueprint::internal
