#include "millrace/data/idx_file.h"

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "millrace/base/error.h"
#include "millrace/io/gzip.h"

namespace millrace {

namespace {

uint32_t big_endian(const std::string& content, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(content[offset + i]);
  return value;
}

at::ScalarType dtype_of(uint8_t code, const Place& place) {
  switch (code) {
    case 0x08:
      return at::kByte;
    case 0x09:
      return at::kChar;
    case 0x0B:
      return at::kShort;
    case 0x0C:
      return at::kInt;
    case 0x0D:
      return at::kFloat;
    case 0x0E:
      return at::kDouble;
    default:
      throw Error(place, fmt::format("an IDX file with elements of the unknown type 0x{:02x}", code));
  }
}

void reverse_bytes(std::string& content, size_t begin, size_t element_bytes) {
  if (element_bytes == 1) return;
  for (size_t i = begin; i < content.size(); i += element_bytes)
    std::reverse(content.begin() + static_cast<int64_t>(i), content.begin() + static_cast<int64_t>(i + element_bytes));
}

}  // namespace

at::Tensor read_idx(const std::string& path) {
  constexpr int64_t kLimitBytes = int64_t{1} << 34;
  const Place place(path);
  auto content = std::make_shared<std::string>(io::read_maybe_gzip(path, kLimitBytes));
  if (content->size() < 4 || (*content)[0] != 0 || (*content)[1] != 0)
    throw Error(place, "not an IDX file: it does not begin with two zero bytes");
  const at::ScalarType dtype = dtype_of(static_cast<uint8_t>((*content)[2]), place);
  const size_t rank = static_cast<uint8_t>((*content)[3]);
  const size_t header_bytes = 4 + 4 * rank;
  if (content->size() < header_bytes)
    throw Error(place, fmt::format("truncated: {} bytes of a header of {}", content->size(), header_bytes));

  std::vector<int64_t> sizes;
  const uint64_t element_bytes = c10::elementSize(dtype);
  int64_t extent_bytes = static_cast<int64_t>(element_bytes);  // as if no dimension were empty: strides must fit, too
  bool is_absurd = rank > 16, is_empty = false;
  for (size_t d = 0; d < rank; ++d) {
    sizes.push_back(big_endian(*content, 4 + 4 * d));
    is_absurd |= __builtin_mul_overflow(extent_bytes, std::max<int64_t>(sizes.back(), 1), &extent_bytes);
    is_empty |= sizes.back() == 0;
  }
  const uint64_t data_bytes = is_empty ? 0 : static_cast<uint64_t>(extent_bytes);
  const uint64_t present_bytes = content->size() - header_bytes;
  const std::string shape = fmt::format("({})", fmt::join(sizes, ", "));
  if (is_absurd) throw Error(place, fmt::format("its header says {}, which is not a valid size", shape));
  if (present_bytes < data_bytes)
    throw Error(place, fmt::format("truncated, {} of {} bytes", present_bytes, data_bytes))
        .note(fmt::format("its header says {} elements of {} bytes", shape, element_bytes));
  if (present_bytes > data_bytes)
    throw Error(place, fmt::format("{} bytes too long", present_bytes - data_bytes))
        .note(fmt::format("its header says {} elements of {} bytes", shape, element_bytes));
  reverse_bytes(*content, header_bytes, element_bytes);
  void* const data = content->data() + header_bytes;
  at::Tensor array = at::from_blob(
      data, sizes, [content](void*) {}, at::TensorOptions(dtype));
  // If the length of the header is not a multiple of 8, wide elements are not aligned.
  return reinterpret_cast<uintptr_t>(data) % element_bytes == 0 ? array : array.clone();
}

}  // namespace millrace
