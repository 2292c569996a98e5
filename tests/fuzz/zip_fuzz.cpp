#include "millrace/base/error.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

void zip(std::string_view bytes) {
  try {
    load_torch_file(*io::open_memory("x.pth", std::string(bytes)));
  } catch (const Error&) {
  }
}

}  // namespace millrace::fuzz
