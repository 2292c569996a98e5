#include "millrace/data/image_resize.h"

#include <fmt/format.h>

#include "millrace/data/imaging.h"
#include "millrace/data/pillow_resize.h"
#include "millrace/registry/enum_names.h"

namespace millrace {

void check_resize(ResizeBackend backend, Interpolation way) {
  Complaints complaints("resize");
  check_resize(backend, way, complaints);
  complaints.throw_if_any();
}

void check_resize(ResizeBackend backend, Interpolation way, Complaints& complaints) {
  const bool is_pillow = backend == ResizeBackend::pillow;
  const bool is_known =
      is_pillow ? way != Interpolation::area : way != Interpolation::box && way != Interpolation::hamming;
  if (!is_known)
    complaints
        .add("interpolation",
             fmt::format("the backend '{}' has no interpolation '{}'", enum_name(backend), enum_name(way)))
        .help(is_pillow ? "backend='cv2'" : "backend='pillow'");
}

bool needs_imaging(ResizeBackend backend, Interpolation way) {
  return backend == ResizeBackend::cv2 && way != Interpolation::nearest;
}

at::Tensor resized(const at::Tensor& image, int64_t height, int64_t width, ResizeBackend backend, Interpolation way) {
  check_resize(backend, way);
  if (backend == ResizeBackend::pillow) return pillow_resized(image, height, width, way);
  return imaging().resized(image, height, width, way);
}

}  // namespace millrace
