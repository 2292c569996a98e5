#include "millrace/base/error.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

bool zip(std::string_view bytes) {
  try {
    load_torch_file(*io::open_memory("x.pth", std::string(bytes)));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
