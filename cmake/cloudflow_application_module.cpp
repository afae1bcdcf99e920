// Compiled into every application module by cloudflow_add_application(): the note that is read before the module is
// loaded, and the one function that the module exports.
#include "cloudflow/streamlet/module.hpp"
#include "cloudflow/streamlet/module_note.hpp"

namespace {

constexpr char note_text[] =
    "abi=" CLOUDFLOW_DETAIL_STRINGIZE(CLOUDFLOW_MODULE_ABI) "\ncore=" CLOUDFLOW_CORE_VERSION
                                                            "\ncompiler=" CLOUDFLOW_NOTE_COMPILER
                                                            "\ncxx-abi=" CLOUDFLOW_NOTE_CXX_ABI
                                                            "\nsanitizers=" CLOUDFLOW_NOTE_SANITIZERS "\n";
static_assert(CLOUDFLOW_MODULE_ABI == cloudflow::streamlet::module_abi);

// An ELF note (gABI, "Note Section"): sizes and type, the owner padded to four bytes, then the description.
struct note {
  std::uint32_t owner_size = 10;
  std::uint32_t text_size = sizeof note_text;
  std::uint32_t type = 1;
  char owner[12] = "cloudflow";
  char text[(sizeof note_text + 3) / 4 * 4] = {};
};

consteval note make_note() {
  note n;
  for (std::size_t i = 0; i < sizeof note_text; ++i) n.text[i] = note_text[i];
  return n;
}

[[gnu::used, gnu::retain, gnu::section(".note.cloudflow"), gnu::aligned(4)]] constexpr note the_note = make_note();

} // namespace

extern "C" {
// Made by the linker for the section of that name; weak, so that a module without streamlets links and says so.
extern const cloudflow::streamlet::module_entry* const __start_cloudflow_streamlets[]
    __attribute__((weak, visibility("hidden")));
extern const cloudflow::streamlet::module_entry* const __stop_cloudflow_streamlets[]
    __attribute__((weak, visibility("hidden")));

__attribute__((visibility("default"))) cloudflow::streamlet::module_range cloudflow_module_streamlets() {
  return {__start_cloudflow_streamlets, __stop_cloudflow_streamlets};
}
}
