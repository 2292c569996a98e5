#include "millrace/structures/rle.h"

#include <charconv>

#include "millrace/base/error.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

bool rle(std::string_view bytes) {
  int64_t size[2] = {0, 0};
  for (int64_t& length : size) {
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
    if (error != std::errc() || end == bytes.data() + bytes.size()) return false;
    bytes.remove_prefix(static_cast<size_t>(end - bytes.data()) + 1);
  }
  try {
    const Rle mask = Rle::decompress(size[0], size[1], bytes);
    MILLRACE_ASSERT(Rle::from(mask.to_state()).counts() == mask.counts(),
                    "a mask is another one when it is read again");
    const auto [x, y, width, height] = mask.box();
    MILLRACE_ASSERT(x + width <= size[1] && y + height <= size[0] && mask.area() <= width * height,
                    "a box that does not hold its mask");
    if (size[0] * size[1] < 10000)
      MILLRACE_ASSERT(Rle::encode(mask.decode()).area() == mask.area(), "decoding changes the area");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
