#include "cloudflow/schema/binary.hpp"

#include <stdexcept>

namespace cloudflow::schema {
namespace {

thread_local std::uint32_t levels_encoded = 0; // of the record that this thread measures; 0 between records

std::string_view sentence(decode_fault fault) {
  switch (fault) {
  case decode_fault::none: return "no fault";
  case decode_fault::truncated: return "the bytes end inside a value";
  case decode_fault::long_varint: return "a number is longer than ten bytes";
  case decode_fault::int_range: return "a number does not fit an int";
  case decode_fault::bad_boolean: return "a boolean is neither 0 nor 1";
  case decode_fault::negative_length: return "a length is negative";
  case decode_fault::long_length: return "a length or count goes beyond the bytes left";
  case decode_fault::bad_symbol: return "an enum's index has no symbol";
  case decode_fault::bad_branch: return "a union's index has no branch";
  case decode_fault::unreadable: return "the reader's schema cannot take a value";
  case decode_fault::too_deep: return "records are nested deeper than 64 levels";
  case decode_fault::too_many_items: return "more than a million items that take no bytes";
  case decode_fault::trailing: return "bytes are left after the end of the record";
  }
  return "unknown fault";
}

} // namespace

encode_level::encode_level(std::string_view record_name) {
  if (levels_encoded >= binary_reader::max_depth)
    throw std::length_error("cannot encode " + std::string(record_name) +
                            ": records are nested deeper than 64 levels, and no reader would take it");
  ++levels_encoded;
}

encode_level::~encode_level() { --levels_encoded; }

error decode_error(const binary_reader& in, std::string_view schema_name) {
  error out{in.fault() == decode_fault::unreadable ? errc::incompatible : errc::corrupt, error_source::user, false, {}};
  out.message = "cannot decode " + std::string(schema_name) + " at byte " + std::to_string(in.position()) + ": " +
                std::string(sentence(in.fault()));
  if (!in.why().empty()) out.message += ": " + std::string(in.why());
  return out;
}

} // namespace cloudflow::schema
