#include "cloudflow/schema/internal/avro_logical.hpp"

#include "cloudflow/schema/internal/avro_words.hpp"
#include "cloudflow/schema/internal/json_values.hpp"

namespace cloudflow::schema::detail {

namespace {

constexpr std::int64_t max_precision = 1'000;

/// The most decimal digits that a two's complement number of so many bytes holds for certain.
std::int64_t digits_of(std::uint64_t size) {
  if (size == 0) return 0;
  if (size > 1'000) return max_precision;
  return static_cast<std::int64_t>(static_cast<double>(8 * size - 1) * 0.30102999566398119521);
}

} // namespace

std::optional<std::int64_t> whole_number(const json_value* value) {
  if (value == nullptr || !value->is(json_value::kind::number)) return std::nullopt;
  return number_of<std::int64_t>(value->text);
}

void read_logical(const json_value& value, avro_type& type) {
  const auto* word = value.find("logicalType");
  if (word == nullptr || !word->is(json_value::kind::string)) return;
  const auto logical = logical_of(word->text);
  const bool octets = type.kind == avro_kind::bytes || type.kind == avro_kind::fixed;
  bool valid = false;
  switch (logical) {
  case logical_kind::none: return;
  case logical_kind::decimal: {
    const auto precision = whole_number(value.find("precision"));
    const auto* scale_text = value.find("scale");
    const auto scale = scale_text == nullptr ? std::optional<std::int64_t>(0) : whole_number(scale_text);
    valid = octets && precision && scale && *precision > 0 && *precision <= max_precision && *scale >= 0 &&
            *scale <= *precision && (type.kind == avro_kind::bytes || *precision <= digits_of(type.size));
    if (valid) {
      type.precision = static_cast<std::uint32_t>(*precision);
      type.scale = static_cast<std::uint32_t>(*scale);
    }
    break;
  }
  case logical_kind::uuid:
    valid = type.kind == avro_kind::string || (type.kind == avro_kind::fixed && type.size == 16);
    break;
  case logical_kind::date:
  case logical_kind::time_millis: valid = type.kind == avro_kind::int32; break;
  case logical_kind::duration: valid = type.kind == avro_kind::fixed && type.size == 12; break;
  default: valid = type.kind == avro_kind::int64; break;
  }
  if (valid) type.logical = logical;
}

} // namespace cloudflow::schema::detail
