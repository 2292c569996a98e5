#include "millrace/imaging/image_header.h"

#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

void image_header(std::string_view bytes) {
  (void)millrace::image_header(bytes);
  (void)jpeg_orientation(bytes);
}

}  // namespace millrace::fuzz
