#include "millrace/imaging/image_header.h"

#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

bool image_header(std::string_view bytes) {
  (void)tiff_samples(bytes);
  return millrace::image_header(bytes).has_value();
}

}  // namespace millrace::fuzz
