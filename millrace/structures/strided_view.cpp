#include "millrace/structures/strided_view.h"

#include <ATen/ops/as_strided.h>

namespace millrace {

at::Tensor strided_view(const at::Tensor& base, at::IntArrayRef sizes, at::IntArrayRef strides, int64_t offset) {
  if (base.layout() != at::kStrided || !base.has_storage() || base.requires_grad())
    return at::as_strided(base, sizes, strides, offset);
  at::Tensor view = at::detail::make_tensor<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(base.storage()),
                                                             base.key_set(), base.dtype());
  view.unsafeGetTensorImpl()->set_sizes_and_strides(sizes, strides, offset);
  return view;
}

at::Tensor row_view(const at::Tensor& rows, int64_t i) {
  return strided_view(rows, rows.sizes().slice(1), rows.strides().slice(1), rows.storage_offset() + i * rows.stride(0));
}

at::Tensor planes_view(const at::Tensor& image) {
  if (image.dim() == 2)
    return strided_view(image, {1, image.size(0), image.size(1)},
                        {image.size(0) * image.stride(0), image.stride(0), image.stride(1)}, image.storage_offset());
  return strided_view(image, {image.size(2), image.size(0), image.size(1)},
                      {image.stride(2), image.stride(0), image.stride(1)}, image.storage_offset());
}

}  // namespace millrace
