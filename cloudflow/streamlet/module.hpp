#pragma once

#include "cloudflow/streamlet/streamlet.hpp"

#include <cstdint>
#include <memory>
#include <span>

/// How a module tells what it holds. There is no registry: `CLOUDFLOW_STREAMLET` puts a constant into a section of the
/// linker, the module exports one function that returns that section's range (cloudflow_application_module.cpp, which
/// `cloudflow_add_application()` compiles in), so streamlets of static libraries are found too.
namespace cloudflow::streamlet {

/// One streamlet class of a module. `class_name` is the string given to the macro.
struct module_entry {
  const char* class_name;
  std::unique_ptr<streamlet_base> (*make)();
};

struct module_range {
  const module_entry* const* begin;
  const module_entry* const* end;
};

/// What a module was built with; read from its ELF note before it is loaded (DESIGN §2).
struct module_note {
  std::uint32_t abi = 0; ///< `module_abi` of the core that it was built against
  std::string core_version;
  std::string compiler;   ///< "gcc 12"
  std::string cxx_abi;    ///< "1017 cxx11"
  std::string sanitizers; ///< "", "address", "thread"
  std::string build_id;   ///< hexadecimal
  friend bool operator==(const module_note&, const module_note&) = default;
};

/// Goes up with every change to a class layout or function that modules use.
inline constexpr std::uint32_t module_abi = 1;

/// Segments `[A-Za-z_][A-Za-z0-9_-]*` joined by dots.
constexpr bool is_class_name(std::string_view name) {
  bool start = true;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool inner = letter || (c >= '0' && c <= '9') || c == '-';
    if (c == '.' ? start : start ? !letter : !inner) return false;
    start = c == '.';
  }
  return !start;
}

} // namespace cloudflow::streamlet

#define CLOUDFLOW_DETAIL_CONCAT2(a, b) a##b
#define CLOUDFLOW_DETAIL_CONCAT(a, b) CLOUDFLOW_DETAIL_CONCAT2(a, b)

/// Makes a streamlet class known under a name that blueprints use: `CLOUDFLOW_STREAMLET(reading_splitter,
/// "acme.reading-splitter")`. Once per class, in a source file, at namespace scope.
#define CLOUDFLOW_STREAMLET(Class, Name)                                                                               \
  CLOUDFLOW_DETAIL_STREAMLET(Class, Name, CLOUDFLOW_DETAIL_CONCAT(cloudflow_streamlet_entry_, __LINE__))
#define CLOUDFLOW_DETAIL_STREAMLET(Class, Name, Id)                                                                    \
  static_assert(::cloudflow::streamlet::is_class_name(Name),                                                           \
                "a streamlet's class name has segments [A-Za-z_][A-Za-z0-9_-]* joined by dots");                       \
  static_assert(::std::is_base_of_v<::cloudflow::streamlet::streamlet_base, Class>,                                    \
                "CLOUDFLOW_STREAMLET wants a class that derives from a backend's streamlet, such as "                  \
                "cloudflow::native::streamlet");                                                                       \
  static_assert(::std::is_default_constructible_v<Class>,                                                              \
                "a streamlet is made without arguments: its settings are config parameters");                          \
  static constexpr ::cloudflow::streamlet::module_entry Id = {                                                         \
      Name,                                                                                                            \
      []() -> ::std::unique_ptr<::cloudflow::streamlet::streamlet_base> { return ::std::make_unique<Class>(); }};      \
  [[gnu::used, gnu::retain,                                                                                            \
    gnu::section("cloudflow_streamlets")]] static constexpr const ::cloudflow::streamlet::module_entry*                \
      CLOUDFLOW_DETAIL_CONCAT(Id, _pointer) = &Id;
