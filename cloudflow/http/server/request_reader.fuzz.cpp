// Bytes of a connection, cut as the first byte says, through the server's own reader: no input may crash it, make it
// read past its limits, or make its answer depend on where the bytes were cut.
#include "cloudflow/http/server/request_reader.hpp"
#include "cloudflow/base/assert.hpp"
#include "cloudflow/http/routes.hpp"

#include <algorithm>
#include <string>

using cloudflow::http::request_reader;
using step = request_reader::step;

namespace {

constexpr std::size_t header_bytes = 2048;

// What was understood, as text.
std::string understood(std::string_view text, std::size_t piece) {
  std::string out;
  request_reader reader(header_bytes);
  for (;;) {
    switch (reader.next()) {
    case step::need_bytes: {
      const auto n = std::min(piece, text.size());
      if (n == 0) {
        reader.closed();
        break;
      }
      auto room = reader.room(n);
      CLOUDFLOW_ASSERT(room.size() >= n && room.size() < 256 * 1024, "the reader's buffer is bounded");
      std::copy_n(text.data(), n, room.data());
      reader.filled(n);
      text.remove_prefix(n);
      break;
    }
    case step::head: {
      auto& head = reader.head();
      std::size_t size = 0;
      for (const auto& h : head.headers) {
        size += h.name.size() + h.value.size();
        CLOUDFLOW_ASSERT(h.value.find_first_of("\r\n") == std::string::npos, "a field has one line");
        out += h.name + ":" + h.value + "\n";
      }
      CLOUDFLOW_ASSERT(size <= header_bytes, "a header block is bounded");
      CLOUDFLOW_ASSERT(!(reader.chunked() && reader.length()), "a body has one framing");
      out += head.method + " " + head.target + (read_target(head) ? " to " + head.path : " to nothing") + "\n";
      break;
    }
    case step::body:
      out += reader.body();
      reader.body().clear();
      break;
    case step::end:
      out += "\nend\n";
      reader.restart();
      break;
    case step::over: return out + "over";
    case step::failed: return out + std::to_string(reader.why().status);
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = understood(text, text.size());
  CLOUDFLOW_ASSERT(whole == understood(text, 1 + data[0] % 64), "where bytes are cut does not matter");
  return 0;
}
