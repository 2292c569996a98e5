#include "millrace/eval/file_measures/image_pair.h"

namespace millrace {

ImagePair image_pair(FileInputs& inputs, ImageLayout layout) {
  const auto read = [&](const char* key) -> at::Tensor {
    switch (layout) {
      case ImageLayout::HWC:
        return inputs.numbers(key, {"rows", "columns", "channels"}).permute({2, 0, 1});
      case ImageLayout::CHW:
        return inputs.numbers(key, {"channels", "rows", "columns"});
      default:
        return inputs.numbers(key, {"rows", "columns"}).unsqueeze(0);
    }
  };
  const at::Tensor a = read("a");
  return {a, read("b")};
}

}  // namespace millrace
