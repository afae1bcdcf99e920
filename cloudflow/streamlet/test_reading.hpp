#pragma once

// A record for this room's tests, with its codec by hand, so that they need no generated code.
#include "cloudflow/base/clock.hpp"
#include "cloudflow/schema/codec.hpp"

#include <string>

namespace acme {
struct test_reading {
  std::string src;
  std::string gauge;
  cloudflow::timestamp time{};
  std::int64_t count = 0;
};
} // namespace acme

template <> struct cloudflow::schema::codec<acme::test_reading> {
  static const schema_definition& definition() {
    static const schema_definition d{"acme.test_reading", "avro", R"({"type":"string"})", {7, {}}};
    return d;
  }
  static void encode(const acme::test_reading& r, bytes& out) {
    for (char c : r.src) out.push_back(static_cast<std::byte>(c));
  }
  struct decoder {
    result<void> decode(bytes_view data, acme::test_reading& into) const {
      into.src = as_text(data);
      return {};
    }
  };
  static result<decoder> decoder_for(const schema_definition&) { return decoder{}; }
  template <class M> static std::string_view field_name(M acme::test_reading::*m) {
    if (same_member(m, &acme::test_reading::src)) return "src";
    if (same_member(m, &acme::test_reading::gauge)) return "gauge";
    if (same_member(m, &acme::test_reading::time)) return "time";
    return "count";
  }
};
