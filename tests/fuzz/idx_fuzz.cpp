#include "millrace/data/idx_file.h"

#include <ATen/ops/sum.h>

#include <fstream>

#include "millrace/base/error.h"
#include "tests/fuzz/readers.h"
#include "tests/support/scratch_folder.h"

namespace millrace::fuzz {

bool idx(std::string_view bytes) {
  static const ScratchFolder folder;
  const std::string path = folder / "x-idx1-ubyte";
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    const at::Tensor array = read_idx(path);
    if (array.numel() < 10000) array.sum();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
