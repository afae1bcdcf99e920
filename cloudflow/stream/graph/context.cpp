#include "cloudflow/stream/graph/context.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>

namespace cloudflow::stream {

std::string failure::message() const {
  std::string out = op + " failed: ";
  if (!type.empty() && type != "error") out += type + ": ";
  out += text;
  if (at) out += " (at " + at->text() + ")";
  return out;
}

std::string_view name_of(end_kind kind) {
  switch (kind) {
  case end_kind::complete: return "completed";
  case end_kind::drain: return "drained";
  case end_kind::fail: return "failed";
  case end_kind::abort: return "aborted";
  }
  return "unknown";
}

namespace {

std::string readable_type(const std::type_info* type) {
  if (type == nullptr) return "unknown exception";
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 && text ? std::string(text.get()) : std::string(type->name());
}

} // namespace

failure describe_exception(const char* op) {
  failure out;
  out.op = op;
  try {
    throw;
  } catch (stage_failure& already) {
    return already.what();
  } catch (const std::exception& thrown) {
    out.type = readable_type(&typeid(thrown));
    out.text = thrown.what();
  } catch (const std::string& text) {
    out.type = "std::string";
    out.text = text;
  } catch (const char* text) {
    out.type = "char const*";
    out.text = text;
  } catch (...) {
    out.type = readable_type(abi::__cxa_current_exception_type());
    out.text = "an exception that is not a std::exception";
  }
  return out;
}

void rethrow_as_stage_failure(const char* op) {
  try {
    throw;
  } catch (stage_failure&) {
    throw;
  } catch (...) {
    throw stage_failure(describe_exception(op));
  }
}

} // namespace cloudflow::stream
