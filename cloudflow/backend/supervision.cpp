#include "cloudflow/backend/supervision.hpp"

#include "cloudflow/backend/dead_letters.hpp"

#include <algorithm>

namespace cloudflow::backend {

namespace {

std::string listed(const std::vector<std::string>& positions) {
  constexpr std::size_t shown = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(positions.size(), shown); ++i) out += (i == 0 ? "" : ", ") + positions[i];
  if (positions.size() > shown) out += " and " + std::to_string(positions.size() - shown) + " more";
  return out;
}

} // namespace

int supervision::count_at(const std::string& where) {
  auto& here = places_[where];
  here.last_failure = failures_;
  const int count = ++here.count;
  if (places_.size() > places_kept)
    places_.erase(std::min_element(places_.begin(), places_.end(), [](const auto& a, const auto& b) {
      return a.second.last_failure < b.second.last_failure;
    }));
  return count;
}

// A record that fails again and again is known by its position, however much others moved meanwhile. Where the record
// is not known, nothing may have moved at all.
std::optional<std::string> supervision::verdict_on(const failed_attempt& attempt) {
  if (!attempt.why.verdict.empty()) return attempt.why.verdict;
  const auto times = " " + std::to_string(policy_.at_one_place) + " times";
  if (!attempt.why.position.empty() && count_at(attempt.why.position) >= policy_.at_one_place)
    return "poison at " + attempt.why.position;
  if (!attempt.ready_at) {
    if (unready_ < policy_.at_one_place) return std::nullopt;
    return "it does not start: it failed" + times + " in a row before it was ready";
  }
  if (!attempt.reads) {
    if (fruitless_ < policy_.fruitless) return std::nullopt;
    return "it failed " + std::to_string(policy_.fruitless) + " times in a row and wrote nothing in between";
  }
  if (count_at("behind " + attempt.progress) < policy_.at_one_place) return std::nullopt;
  if (attempt.behind.empty()) return "it failed" + times + " and committed nothing in between";
  return "poison at or behind " + listed(attempt.behind);
}

void supervision::failed(const failed_attempt& attempt, std::chrono::nanoseconds now) {
  ++failures_;
  const bool healthy = attempt.ready_at && now - *attempt.ready_at >= policy_.healthy_after;
  const bool moved = last_progress_ && *last_progress_ != attempt.progress;
  if (healthy || moved) in_a_row_ = fruitless_ = 0;
  if (attempt.ready_at) unready_ = 0;
  last_progress_ = attempt.progress;
  ++in_a_row_;
  ++fruitless_;
  if (!attempt.ready_at) ++unready_;
  restart_at_.reset();
  if (!policy_.restarts) return;
  degraded_ = verdict_on(attempt);
  if (degraded_) return;
  wait_ = policy_.first_wait;
  for (int n = 1; n < in_a_row_ && wait_ < policy_.longest_wait; ++n) wait_ *= 2;
  wait_ = std::min(wait_, policy_.longest_wait);
  restart_at_ = now + wait_;
}

std::string advice_on(const instance& who, const failure_report& why) {
  const auto& name = who.settings.name.value();
  if (!why.verdict.empty()) // the breaker of an inlet
    return "mend what writes these records or the code that fails at them (cloudflow dlq show " + name + "." +
           why.op.substr(why.op.rfind(' ') + 1) + "), run again, and send them back: cloudflow dlq redrive";
  const auto at = why.position.rfind('/', why.position.rfind('/') - 1);
  if (!why.position.empty() && at != std::string::npos)
    for (const auto& inlet : who.descriptor.inlets)
      if (who.settings.ports.at(inlet.name).topic.value() == why.position.substr(0, at) &&
          !dead_letter_topic(who, inlet))
        return "fix the code that fails at this record, or let inlet '" + inlet.name.value() +
               "' put records aside that cannot be decoded or processed one by one: cloudflow.streamlets." + name +
               ".config.inlets." + inlet.name.value() + ".on-error=dead-letter";
  return "fix the code or what it needs, then run again: it goes on behind what it had committed";
}

} // namespace cloudflow::backend
