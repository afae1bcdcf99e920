#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/schema/avro_schema.hpp"
#include "cloudflow/schema/binary.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::schema {

/// What to do at one point of the writer's data. The primitive actions name the *writer's* type: whoever reads knows
/// what it wants and converts.
enum class plan_action : std::uint8_t {
  direct, ///< writer and reader have one layout: no plan is needed below here
  boolean,
  int32,
  int64,
  float32,
  float64,
  octets, ///< bytes or string; one layout
  fixed,
  enumeration,
  record,
  array,
  map,
  from_choice, ///< the writer is a union: its index picks one of `branches`
  to_choice,   ///< the reader is a union: branch `index` takes what `item` gives
  refuse       ///< the reader cannot take this: `why`
};

struct plan_node;

/// One step of a record: in the writer's order, then what the writer lacks.
struct plan_step {
  enum class action : std::uint8_t { read, skip, fill };
  action what = action::read;
  std::uint32_t field = 0;            ///< the reader's field (read, fill)
  const plan_node* how = nullptr;     ///< read
  const avro_type* skipped = nullptr; ///< the writer's type (skip)
  const bytes* value = nullptr;       ///< the reader's default in binary form (fill)
};

struct plan_node {
  plan_action what = plan_action::direct;
  const avro_type* writer = nullptr;
  const avro_type* reader = nullptr;
  std::uint32_t index = 0;
  const plan_node* item = nullptr;
  std::vector<const plan_node*> branches;
  std::vector<std::int32_t> symbols; ///< the reader's symbol for each of the writer's; -1 = none
  std::vector<plan_step> steps;
  std::string why;
};

/// How data of one writer's schema becomes values of one reader's schema. Immutable once made; thread-safe.
struct resolution_plan {
  avro_schema writer; ///< keeps the nodes that the steps point at
  avro_schema reader;
  std::deque<plan_node> nodes;
  const plan_node* root = nullptr;
};

/// A node that says `direct`.
CLOUDFLOW_API const plan_node& direct_plan();

/// Passes over one value of the writer's schema.
CLOUDFLOW_API bool skip_value(binary_reader& in, const avro_type& type);

/// Follows the writer's unions to the node that says how the value is read; nullptr on a fault.
inline const plan_node* settle(binary_reader& in, const plan_node& how) {
  const plan_node* node = &how;
  while (node->what == plan_action::from_choice) {
    std::size_t branch = 0;
    if (!in.read_index(node->branches.size(), branch, decode_fault::bad_branch)) return nullptr;
    node = node->branches[branch];
  }
  if (node->what == plan_action::refuse) {
    in.fail(node->why);
    return nullptr;
  }
  return node;
}

} // namespace cloudflow::schema
