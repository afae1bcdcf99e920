#include "cloudflow/schema/avro_default.hpp"

#include "cloudflow/schema/internal/json_values.hpp"
#include "cloudflow/schema/internal/put_binary.hpp"

#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>

namespace cloudflow::schema::detail {
namespace {

constexpr int max_depth = 128;
constexpr std::size_t max_bytes = 1024 * 1024;

class encoder {
  bytes& out_;
  std::uint32_t& steps_;
  default_fault& fault_;
  int depth_ = 0;

public:
  encoder(bytes& out, std::uint32_t& steps, default_fault& fault)
      : out_(out)
      , steps_(steps)
      , fault_(fault) {}

  bool encode(const avro_type& type, const json_value& value) {
    if (steps_ == 0 || out_.size() > max_bytes || depth_ >= max_depth) {
      steps_ = 0;
      return complain("the default stands for a value that is too large or never ends", value);
    }
    --steps_;
    ++depth_;
    const bool fits = encode_kind(type, value);
    --depth_;
    return fits;
  }

private:
  bool complain(std::string message, const json_value& at) {
    fault_ = {std::move(message), &at};
    return false;
  }

  bool unfit(const avro_type& type, const json_value& value, std::string_view wanted) {
    return complain("the default of type " + describe(type) + " should be " + std::string(wanted), value);
  }

  bool integer(const avro_type& type, const json_value& value, std::int64_t low, std::int64_t high) {
    const auto number = value.is(json_value::kind::number) ? number_of<std::int64_t>(value.text) : std::nullopt;
    if (!number || *number < low || *number > high)
      return unfit(type, value, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    put_long(out_, *number);
    return true;
  }

  bool octets(const avro_type& type, const json_value& value) {
    if (!value.is(json_value::kind::string)) return unfit(type, value, "a string whose characters are bytes");
    const auto data = octets_of(value.text);
    if (!data) return unfit(type, value, "a string of characters up to U+00FF, one for each byte");
    if (type.kind == avro_kind::fixed) {
      if (data->size() != type.size)
        return unfit(type, value, "a string of " + std::to_string(type.size) + " characters");
    } else {
      put_long(out_, static_cast<std::int64_t>(data->size()));
    }
    out_.insert(out_.end(), data->begin(), data->end());
    return true;
  }

  bool record(const avro_type& type, const json_value& value) {
    if (!value.is(json_value::kind::object)) return unfit(type, value, "an object");
    const auto members = value.index();
    for (const auto& field : type.fields) {
      const auto found = members.find(field.name);
      const auto* given = found == members.end() ? nullptr : found->second;
      if (given == nullptr && field.default_json) given = &*field.default_json;
      if (given == nullptr) {
        return complain(
            "the default of " + describe(type) + " lacks the field '" + field.name + "', which has no default", value);
      }
      if (field.type == nullptr) return complain("the type of field '" + field.name + "' is not known", value);
      if (!encode(*field.type, *given)) return false;
    }
    return true;
  }

  bool choice(const avro_type& type, const json_value& value) {
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      const auto mark = out_.size();
      put_long(out_, static_cast<std::int64_t>(i));
      if (encode(*type.branches[i], value)) return true;
      out_.resize(mark);
      if (steps_ == 0) return false;
    }
    return unfit(type, value, "a value of one of its branches");
  }

  bool encode_kind(const avro_type& type, const json_value& value) {
    using kind = json_value::kind;
    switch (type.kind) {
    case avro_kind::null: return value.is(kind::null) || unfit(type, value, "null");
    case avro_kind::boolean:
      if (!value.is(kind::boolean)) return unfit(type, value, "true or false");
      out_.push_back(static_cast<std::byte>(value.flag ? 1 : 0));
      return true;
    case avro_kind::int32: return integer(type, value, INT32_MIN, INT32_MAX);
    case avro_kind::int64: return integer(type, value, INT64_MIN, INT64_MAX);
    case avro_kind::float32:
    case avro_kind::float64: {
      double number = 0;
      const auto* end = value.text.data() + value.text.size();
      if (!value.is(kind::number) || std::from_chars(value.text.data(), end, number).ec != std::errc() ||
          (type.kind == avro_kind::float32 && std::abs(number) > FLT_MAX)) {
        return unfit(type, value, "a number in its range");
      }
      type.kind == avro_kind::float32 ? put_float(out_, static_cast<float>(number)) : put_float(out_, number);
      return true;
    }
    case avro_kind::string:
      if (!value.is(kind::string)) return unfit(type, value, "a string");
      put_long(out_, static_cast<std::int64_t>(value.text.size()));
      out_.insert(out_.end(), as_bytes(value.text).begin(), as_bytes(value.text).end());
      return true;
    case avro_kind::bytes:
    case avro_kind::fixed: return octets(type, value);
    case avro_kind::enumeration: {
      const auto found = std::find(type.symbols.begin(), type.symbols.end(), value.text);
      if (!value.is(kind::string) || found == type.symbols.end()) return unfit(type, value, "one of its symbols");
      put_long(out_, found - type.symbols.begin());
      return true;
    }
    case avro_kind::record: return record(type, value);
    case avro_kind::array:
      if (!value.is(kind::array)) return unfit(type, value, "an array");
      if (!value.items.empty()) put_long(out_, static_cast<std::int64_t>(value.items.size()));
      for (const auto& item : value.items) {
        if (!encode(*type.item, item)) return false;
      }
      put_long(out_, 0);
      return true;
    case avro_kind::map:
      if (!value.is(kind::object)) return unfit(type, value, "an object");
      if (!value.items.empty()) put_long(out_, static_cast<std::int64_t>(value.items.size()));
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        const auto& key = value.keys[i];
        put_block(out_, as_bytes(key.text));
        if (!encode(*type.item, value.items[i])) return false;
      }
      put_long(out_, 0);
      return true;
    case avro_kind::choice: return choice(type, value);
    }
    return false;
  }
};

} // namespace

bool encode_default(const avro_type& type, const json_value& value, bytes& out, std::uint32_t& steps,
                    default_fault& fault) {
  return encoder(out, steps, fault).encode(type, value);
}

} // namespace cloudflow::schema::detail
