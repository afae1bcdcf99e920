#include "cloudflow/streamlet/module_file.hpp"
#include "cloudflow/streamlet/module_note.hpp"

namespace cloudflow::streamlet {

module_note note_of_core() {
  return {
      module_abi, CLOUDFLOW_CORE_VERSION, CLOUDFLOW_NOTE_COMPILER, CLOUDFLOW_NOTE_CXX_ABI, CLOUDFLOW_NOTE_SANITIZERS,
      {}};
}

} // namespace cloudflow::streamlet
