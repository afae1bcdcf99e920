#include "cloudflow/schema/plan.hpp"

namespace cloudflow::schema {
namespace {

bool skip_items(binary_reader& in, const avro_type& type) {
  while (true) {
    std::int64_t count = 0;
    if (!in.read_long(count)) return false;
    if (count == 0) return true;
    if (count < 0) { // the block says its size, so that it can be passed over
      std::int64_t size = 0;
      bytes_view block;
      if (!in.read_long(size)) return false;
      if (size < 0) return in.fail(decode_fault::negative_length);
      if (!in.read_span(static_cast<std::size_t>(size), block)) return false;
      continue;
    }
    const auto smallest = type.item->min_size + (type.kind == avro_kind::map ? 1 : 0);
    if (smallest == 0) {
      if (!in.charge(count)) return false;
      continue; // such items have no bytes to pass over
    }
    if (static_cast<std::uint64_t>(count) > in.left() / smallest) return in.fail(decode_fault::long_length);
    for (; count != 0; --count) {
      bytes_view key;
      if (type.kind == avro_kind::map && !in.read_block(key)) return false;
      if (!skip_value(in, *type.item)) return false;
    }
  }
}

bool skip_record(binary_reader& in, const avro_type& type) {
  if (type.min_size == 0) return true; // only nulls and empty records
  if (!in.enter()) return false;
  for (const auto& field : type.fields) {
    if (!skip_value(in, *field.type)) return false;
  }
  in.leave();
  return true;
}

} // namespace

const plan_node& direct_plan() {
  static const plan_node node;
  return node;
}

bool skip_value(binary_reader& in, const avro_type& type) {
  std::int64_t number = 0;
  bytes_view data;
  switch (type.kind) {
  case avro_kind::null: return true;
  case avro_kind::boolean: {
    bool flag = false;
    return in.read_boolean(flag);
  }
  case avro_kind::int32: {
    std::int32_t narrow = 0;
    return in.read_int(narrow);
  }
  case avro_kind::int64: return in.read_long(number);
  case avro_kind::float32: return in.read_span(4, data);
  case avro_kind::float64: return in.read_span(8, data);
  case avro_kind::bytes:
  case avro_kind::string: return in.read_block(data);
  case avro_kind::fixed: return in.read_span(type.size, data);
  case avro_kind::enumeration: {
    std::size_t index = 0;
    return in.read_index(type.symbols.size(), index, decode_fault::bad_symbol);
  }
  case avro_kind::record: return skip_record(in, type);
  case avro_kind::array:
  case avro_kind::map: return skip_items(in, type);
  case avro_kind::choice: {
    std::size_t index = 0;
    return in.read_index(type.branches.size(), index, decode_fault::bad_branch) &&
           skip_value(in, *type.branches[index]);
  }
  }
  return false;
}

} // namespace cloudflow::schema
