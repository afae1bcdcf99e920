// Inlets of two types in one merge.
// expect: merge wants inlets of one type
#include "cloudflow/native.hpp"

using namespace cloudflow;

struct other {};

template <> struct cloudflow::schema::codec<other> {
  struct decoder {
    result<void> decode(bytes_view, other&) const { return {}; }
  };
  static const schema_definition& definition() { return codec<bytes>::definition(); }
  static void encode(const other&, bytes&) {}
  static result<decoder> decoder_for(const schema_definition&) { return decoder(); }
};

#ifdef RIGHT
using second = bytes;
#else
using second = other;
#endif

void build(const native::context& ctx, const inlet<bytes>& a, const inlet<second>& b) { (void)ctx.merge(a, b); }
