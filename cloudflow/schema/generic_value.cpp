#include "cloudflow/schema/generic_value.hpp"

namespace cloudflow::schema {
namespace {

/// Reads values of a schema, or by a plan where writer and reader differ.
class generic_reader {
  binary_reader in_;

public:
  explicit generic_reader(bytes_view data)
      : in_(data) {}

  result<generic_value> run(const avro_type& type, const plan_node* how) {
    generic_value out;
    const bool read = how == nullptr ? direct(type, out) : planned(*how, out);
    if (read && (in_.at_end() || in_.fail(decode_fault::trailing))) return out;
    return unexpected(decode_error(in_, describe(type)));
  }

private:
  bool enter(const avro_type& type) { return (type.min_size != 0 || in_.charge(1)) && in_.enter(); }

  template <class Read> bool items(std::size_t smallest, bool map, generic_value& out, Read&& read) {
    generic_value::list list;
    generic_map entries;
    while (true) {
      std::size_t count = 0;
      if (!in_.read_count(smallest + (map ? 1 : 0), count)) return false;
      if (count == 0) break;
      for (; count != 0; --count) {
        bytes_view key;
        if (map && !in_.read_block(key)) return false;
        if (map) entries.keys.emplace_back(as_text(key));
        if (!read(map ? entries.values.emplace_back() : list.emplace_back())) return false;
      }
    }
    if (map) {
      out.value = std::move(entries);
    } else {
      out.value = std::move(list);
    }
    return true;
  }

  template <class T, class Read> bool scalar(generic_value& out, Read&& read) {
    T value{};
    if (!read(value)) return false;
    out.value = std::move(value);
    return true;
  }

  bool direct(const avro_type& type, generic_value& out) {
    bytes_view data;
    std::size_t index = 0;
    switch (type.kind) {
    case avro_kind::null: return true;
    case avro_kind::boolean: return scalar<bool>(out, [&](auto& v) { return in_.read_boolean(v); });
    case avro_kind::int32: return scalar<std::int32_t>(out, [&](auto& v) { return in_.read_int(v); });
    case avro_kind::int64: return scalar<std::int64_t>(out, [&](auto& v) { return in_.read_long(v); });
    case avro_kind::float32: return scalar<float>(out, [&](auto& v) { return in_.read_float(v); });
    case avro_kind::float64: return scalar<double>(out, [&](auto& v) { return in_.read_float(v); });
    case avro_kind::bytes:
    case avro_kind::string: return in_.read_block(data) && octets(type, data, out);
    case avro_kind::fixed: return in_.read_span(type.size, data) && octets(type, data, out);
    case avro_kind::enumeration:
      if (!in_.read_index(type.symbols.size(), index, decode_fault::bad_symbol)) return false;
      out.value = static_cast<std::int32_t>(index);
      return true;
    case avro_kind::record: {
      if (!enter(type)) return false;
      generic_value::list fields(type.fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (type.fields[i].type->min_size == 0 && !in_.charge(1)) return false;
        if (!direct(*type.fields[i].type, fields[i])) return false;
      }
      in_.leave();
      out.value = std::move(fields);
      return true;
    }
    case avro_kind::array:
    case avro_kind::map:
      return items(type.item->min_size, type.kind == avro_kind::map, out,
                   [&](auto& v) { return direct(*type.item, v); });
    case avro_kind::choice: {
      if (!in_.read_index(type.branches.size(), index, decode_fault::bad_branch)) return false;
      generic_choice choice{static_cast<std::uint32_t>(index), generic_value::list(1)};
      if (!direct(*type.branches[index], choice.value.front())) return false;
      out.value = std::move(choice);
      return true;
    }
    }
    return false;
  }

  static bool octets(const avro_type& type, bytes_view data, generic_value& out) {
    if (type.kind == avro_kind::string) {
      out.value = std::string(as_text(data));
    } else {
      out.value = bytes(data.begin(), data.end());
    }
    return true;
  }

  bool planned(const plan_node& how, generic_value& out) {
    const auto* node = settle(in_, how);
    if (node == nullptr) return false;
    const auto& reader = *node->reader;
    switch (node->what) {
    case plan_action::direct: return direct(reader, out);
    case plan_action::record: return record(*node, out);
    case plan_action::enumeration: {
      std::size_t index = 0;
      if (!in_.read_index(node->symbols.size(), index, decode_fault::bad_symbol)) return false;
      if (node->symbols[index] < 0) return in_.fail(node->why);
      out.value = node->symbols[index];
      return true;
    }
    case plan_action::array:
    case plan_action::map:
      return items(node->writer->item->min_size, node->what == plan_action::map, out,
                   [&](auto& v) { return planned(*node->item, v); });
    case plan_action::to_choice: {
      generic_choice choice{node->index, generic_value::list(1)};
      if (!planned(*node->item, choice.value.front())) return false;
      out.value = std::move(choice);
      return true;
    }
    case plan_action::boolean:
    case plan_action::octets:
    case plan_action::fixed: return direct(reader, out);
    default: return number(*node, out);
    }
  }

  bool number(const plan_node& node, generic_value& out) {
    generic_value written;
    if (!direct(*node.writer, written)) return false;
    const auto convert = [&](auto value) {
      switch (node.reader->kind) {
      case avro_kind::int32: out.value = static_cast<std::int32_t>(value); break;
      case avro_kind::int64: out.value = static_cast<std::int64_t>(value); break;
      case avro_kind::float32: out.value = static_cast<float>(value); break;
      default: out.value = static_cast<double>(value); break;
      }
    };
    switch (node.what) {
    case plan_action::int32: convert(std::get<std::int32_t>(written.value)); return true;
    case plan_action::int64: convert(std::get<std::int64_t>(written.value)); return true;
    case plan_action::float32: convert(std::get<float>(written.value)); return true;
    default: out = std::move(written); return true;
    }
  }

  bool record(const plan_node& node, generic_value& out) {
    if (!enter(*node.writer)) return false;
    generic_value::list fields(node.reader->fields.size());
    for (const auto& step : node.steps) {
      switch (step.what) {
      case plan_step::action::read:
        if (step.how->writer->min_size == 0 && !in_.charge(1)) return false;
        if (!planned(*step.how, fields[step.field])) return false;
        break;
      case plan_step::action::skip:
        if (!skip_value(in_, *step.skipped)) return false;
        break;
      case plan_step::action::fill: {
        // What a few bytes of default become in memory is bounded by the schema; how often is bounded here.
        if (!in_.charge(1 + static_cast<std::int64_t>(step.value->size() / 16))) return false;
        auto value = generic_reader(*step.value).run(*node.reader->fields[step.field].type, nullptr);
        if (!value) return in_.fail(decode_fault::too_many_items);
        fields[step.field] = std::move(*value);
        break;
      }
      }
    }
    in_.leave();
    out.value = std::move(fields);
    return true;
  }
};

class generic_writer {
  bytes& out_;
  std::uint32_t depth_ = 0;
  std::optional<error> why_;

public:
  explicit generic_writer(bytes& out)
      : out_(out) {}

  result<void> run(const avro_type& type, const generic_value& value) {
    if (write(type, value)) return {};
    return unexpected(std::move(*why_));
  }

private:
  bool refuse(const avro_type& type, std::string_view what = "the value is not of type ") {
    why_ = error{errc::invalid_argument, error_source::user, false, std::string(what) + describe(type)};
    return false;
  }

  void put(std::int64_t number) {
    std::byte room[10];
    out_.insert(out_.end(), room, write_long(room, number));
  }
  template <class T> void put_float(T number) {
    std::byte room[sizeof(T)];
    out_.insert(out_.end(), room, write_float(room, number));
  }
  void put(bytes_view data) { out_.insert(out_.end(), data.begin(), data.end()); }

  bool write(const avro_type& type, const generic_value& given) {
    switch (type.kind) {
    case avro_kind::null: return std::holds_alternative<std::monostate>(given.value) || refuse(type);
    case avro_kind::boolean:
      if (const auto* v = std::get_if<bool>(&given.value))
        return out_.push_back(static_cast<std::byte>(*v ? 1 : 0)), true;
      return refuse(type);
    case avro_kind::int32:
      if (const auto* v = std::get_if<std::int32_t>(&given.value)) return put(*v), true;
      return refuse(type);
    case avro_kind::int64:
      if (const auto* v = std::get_if<std::int64_t>(&given.value)) return put(*v), true;
      return refuse(type);
    case avro_kind::float32:
      if (const auto* v = std::get_if<float>(&given.value)) return put_float(*v), true;
      return refuse(type);
    case avro_kind::float64:
      if (const auto* v = std::get_if<double>(&given.value)) return put_float(*v), true;
      return refuse(type);
    case avro_kind::string:
      if (const auto* v = std::get_if<std::string>(&given.value)) {
        return put(static_cast<std::int64_t>(v->size())), put(as_bytes(*v)), true;
      }
      return refuse(type);
    case avro_kind::bytes:
      if (const auto* v = std::get_if<bytes>(&given.value))
        return put(static_cast<std::int64_t>(v->size())), put(*v), true;
      return refuse(type);
    case avro_kind::fixed:
      if (const auto* v = std::get_if<bytes>(&given.value); v != nullptr && v->size() == type.size)
        return put(*v), true;
      return refuse(type);
    case avro_kind::enumeration: {
      const auto* v = std::get_if<std::int32_t>(&given.value);
      if (v == nullptr || *v < 0 || static_cast<std::size_t>(*v) >= type.symbols.size()) return refuse(type);
      return put(*v), true;
    }
    case avro_kind::record: {
      const auto* fields = std::get_if<generic_value::list>(&given.value);
      if (fields == nullptr || fields->size() != type.fields.size()) return refuse(type);
      if (++depth_ > binary_reader::max_depth) {
        refuse(type, "more than 64 nested records at ");
        why_->code = errc::limit_exceeded;
        return false;
      }
      for (std::size_t i = 0; i < fields->size(); ++i) {
        if (!write(*type.fields[i].type, (*fields)[i])) return false;
      }
      --depth_;
      return true;
    }
    case avro_kind::array: {
      const auto* items = std::get_if<generic_value::list>(&given.value);
      if (items == nullptr) return refuse(type);
      if (!items->empty()) put(static_cast<std::int64_t>(items->size()));
      for (const auto& item : *items) {
        if (!write(*type.item, item)) return false;
      }
      return put(0), true;
    }
    case avro_kind::map: {
      const auto* entries = std::get_if<generic_map>(&given.value);
      if (entries == nullptr || entries->keys.size() != entries->values.size()) return refuse(type);
      if (!entries->keys.empty()) put(static_cast<std::int64_t>(entries->keys.size()));
      for (std::size_t i = 0; i < entries->keys.size(); ++i) {
        put(static_cast<std::int64_t>(entries->keys[i].size()));
        put(as_bytes(entries->keys[i]));
        if (!write(*type.item, entries->values[i])) return false;
      }
      return put(0), true;
    }
    case avro_kind::choice: {
      const auto* choice = std::get_if<generic_choice>(&given.value);
      if (choice == nullptr || choice->branch >= type.branches.size() || choice->value.size() != 1) return refuse(type);
      put(choice->branch);
      return write(*type.branches[choice->branch], choice->value.front());
    }
    }
    return false;
  }
};

} // namespace

result<generic_value> decode_generic(const avro_schema& schema, bytes_view data) {
  return generic_reader(data).run(schema.root(), nullptr);
}

result<generic_value> decode_generic(const resolution_plan& plan, bytes_view data) {
  return generic_reader(data).run(plan.reader.root(), plan.root);
}

result<void> encode_generic(const avro_schema& schema, const generic_value& value, bytes& out) {
  return generic_writer(out).run(schema.root(), value);
}

} // namespace cloudflow::schema
