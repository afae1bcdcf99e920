#pragma once

#include "cloudflow/stream/run/island.hpp"
#include "cloudflow/stream/state/key_hash.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cloudflow::stream {

/// Watches that records of one key meet in one task: whoever runs several graphs of one description (the tasks of a
/// streamlet) gives each a guard, `runtime.run(graph, {.guard = ...})`. Thread-safe: islands of all tasks call.
class CLOUDFLOW_API key_guard {
public:
  virtual ~key_guard() = default;
  /// A keyed stage of this task has met a key that is not in its table; `at` is the element that brought it. The hash
  /// is the same in every task of a process and differs from stage to stage. What is returned fails the graph.
  [[nodiscard]] virtual std::optional<std::string> claim(std::uint64_t key_hash, const element_context& at) = 0;
};

namespace detail {

/// Hashes of such keys differ where keys do (but for one chance in 2^64). A `std::hash` of the user's own promises
/// nothing, and equal hashes would accuse keys that are not equal: those keys are not guarded.
template <class K>
inline constexpr bool hash_tells_apart =
    std::is_convertible_v<const K&, std::string_view> ||
    ((std::is_enum_v<K> || std::is_integral_v<K>)&&sizeof(K) <= 8) || std::is_floating_point_v<K>;
template <class... P>
inline constexpr bool hash_tells_apart<std::tuple<P...>> = (hash_tells_apart<std::remove_cvref_t<P>> && ...);

} // namespace detail

/// A keyed stage's end of the guard: claims each new key of its table, nothing else. Confined to its island.
class key_claims {
  key_guard* guard_ = nullptr; ///< outlives the graph's islands
  std::uint64_t stage_ = 0;

public:
  void start(island_services& services) {
    guard_ = services.guard();
    stage_ = detail::fold_mix(services.next_keyed_stage() + 1, detail::mix_2);
  }
  /// Throws `stage_failure` if records of the key also reach another task.
  template <class Key> void claim(std::uint64_t hash, const element_context& at) const {
    if constexpr (detail::hash_tells_apart<Key>) {
      if (guard_ == nullptr) return;
      if (auto why = guard_->claim(hash ^ stage_, at)) refuse(std::move(*why));
    }
  }

private:
  [[noreturn]] static void refuse(std::string why) {
    stage_failure thrown({"error", std::move(why), "key_by", std::nullopt});
    thrown.make_final();
    throw thrown;
  }
};

} // namespace cloudflow::stream
