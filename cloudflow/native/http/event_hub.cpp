#include "cloudflow/native/http/event_hub.hpp"

#include "cloudflow/http/sse.hpp"

#include <vector>

namespace cloudflow::native {

result<void> event_hub::write(std::string_view lines) {
  std::vector<std::pair<std::uint64_t, http::response_stream>> listeners;
  {
    const std::lock_guard lock(mutex_);
    listeners.assign(listeners_.begin(), listeners_.end());
  }
  if (listeners.empty()) return {};
  std::string events;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    events += http::to_text({std::string(lines.substr(0, end)), {}, {}});
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  for (const auto& [id, stream] : listeners)
    stream.write(events, [weak = weak_from_this(), id = id](bool open) {
      if (open) return;
      if (const auto self = weak.lock()) self->forget(id);
    });
  return {};
}

void event_hub::add_route(http::route_table& routes, const std::string& path) {
  routes.on("GET", path, [self = shared_from_this()](http::request, http::responder answer) { self->listen(answer); });
}

void event_hub::listen(const http::responder& answer) {
  http::response head = http::text_response(200, {}, std::string(http::event_stream));
  head.headers.add("Cache-Control", "no-store");
  auto stream = answer.stream(std::move(head));
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return stream.end();
    id = next_++;
    listeners_.emplace(id, std::move(stream));
    listening_.set(static_cast<double>(listeners_.size()));
  }
  answer.on_gone([weak = weak_from_this(), id] {
    if (const auto self = weak.lock()) self->forget(id);
  });
}

void event_hub::forget(std::uint64_t listener) {
  std::optional<http::response_stream> gone; // ends outside the lock: it may call back
  const std::lock_guard lock(mutex_);
  const auto at = listeners_.find(listener);
  if (at == listeners_.end()) return;
  gone = std::move(at->second);
  listeners_.erase(at);
  listening_.set(static_cast<double>(listeners_.size()));
}

void event_hub::end() {
  std::map<std::uint64_t, http::response_stream> listeners;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    listeners.swap(listeners_);
    listening_.set(0);
  }
  for (const auto& [id, stream] : listeners) stream.end();
}

} // namespace cloudflow::native
