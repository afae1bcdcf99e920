#include "cloudflow/blueprint/internal/checks.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_map>

namespace cloudflow::blueprint::internal {

namespace {

constexpr std::size_t unseen = std::numeric_limits<std::size_t>::max();

using successors = std::vector<std::vector<std::size_t>>;

successors edges_of(const verified_blueprint& plan) {
  std::unordered_map<streamlet_name, std::size_t> at;
  for (std::size_t i = 0; i < plan.streamlets.size(); ++i) at.emplace(plan.streamlets[i].name, i);
  successors out(plan.streamlets.size());
  for (const auto& topic : plan.topics)
    for (const auto& producer : topic.producers)
      for (const auto& consumer : topic.consumers) out[at.at(producer.streamlet)].push_back(at.at(consumer.streamlet));
  for (auto& list : out) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return out;
}

// Strongly connected components without recursion: a chain of streamlets may be long. Source: Tarjan 1972.
std::vector<std::vector<std::size_t>> components(const successors& next) {
  std::vector<std::vector<std::size_t>> out;
  std::vector<std::size_t> number(next.size(), unseen);
  std::vector<std::size_t> low(next.size(), 0);
  std::vector<bool> open(next.size(), false);
  std::vector<std::size_t> stack;
  std::size_t count = 0;
  struct frame {
    std::size_t node, edge;
  };
  for (std::size_t root = 0; root < next.size(); ++root) {
    if (number[root] != unseen) continue;
    std::vector<frame> path{{root, 0}};
    while (!path.empty()) {
      const std::size_t n = path.back().node;
      if (path.back().edge == 0 && number[n] == unseen) {
        number[n] = low[n] = count++;
        stack.push_back(n);
        open[n] = true;
      }
      if (path.back().edge < next[n].size()) {
        const std::size_t to = next[n][path.back().edge++];
        if (number[to] == unseen) {
          path.push_back({to, 0});
        } else if (open[to]) {
          low[n] = std::min(low[n], number[to]);
        }
        continue;
      }
      if (low[n] == number[n]) {
        auto& members = out.emplace_back();
        for (std::size_t m = unseen; m != n;) {
          m = stack.back();
          stack.pop_back();
          open[m] = false;
          members.push_back(m);
        }
      }
      path.pop_back();
      if (!path.empty()) low[path.back().node] = std::min(low[path.back().node], low[n]);
    }
  }
  return out;
}

// The shortest way from `start` back to itself.
std::vector<std::size_t> round_trip(const successors& next, std::size_t start) {
  std::unordered_map<std::size_t, std::size_t> from;
  std::deque<std::size_t> todo{start};
  while (!todo.empty()) {
    const std::size_t n = todo.front();
    todo.pop_front();
    for (const std::size_t to : next[n]) {
      if (to == start) {
        std::vector<std::size_t> path{start};
        for (std::size_t at = n; at != start; at = from.at(at)) path.push_back(at);
        path.push_back(start);
        std::reverse(path.begin(), path.end());
        return path;
      }
      if (from.emplace(to, n).second) todo.push_back(to);
    }
  }
  return {};
}

} // namespace

std::vector<cycle> find_cycles(const verified_blueprint& plan) {
  const auto next = edges_of(plan);
  std::vector<std::size_t> starts;
  for (const auto& members : components(next)) {
    const std::size_t first = *std::min_element(members.begin(), members.end());
    const bool alone = members.size() == 1;
    if (!alone || std::binary_search(next[first].begin(), next[first].end(), first)) starts.push_back(first);
  }
  std::sort(starts.begin(), starts.end());
  std::vector<cycle> out;
  for (const std::size_t start : starts) {
    cycle c{{}, plan.streamlets[start].where};
    for (const std::size_t n : round_trip(next, start)) c.path.push_back(plan.streamlets[n].name.value());
    out.push_back(std::move(c));
  }
  return out;
}

} // namespace cloudflow::blueprint::internal
