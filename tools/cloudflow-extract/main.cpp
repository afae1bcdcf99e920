// The last step of cloudflow_add_application(): makes a module's descriptor and writes it into the module.
#include "cloudflow/streamlet/extract/extract.hpp"

#include <iostream>

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: cloudflow-extract MODULE [OBJCOPY]\n";
    return 2;
  }
  auto descriptor = cloudflow::streamlet::extract_descriptor(argv[1]);
  if (!descriptor) {
    std::cerr << "cloudflow-extract: " << descriptor.error().text() << '\n';
    return 1;
  }
  if (auto done = cloudflow::streamlet::embed_descriptor(argv[1], *descriptor, argc == 3 ? argv[2] : "objcopy");
      !done) {
    std::cerr << "cloudflow-extract: " << done.error().text() << '\n';
    return 1;
  }
}
