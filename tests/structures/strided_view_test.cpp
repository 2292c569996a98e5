#include "millrace/structures/strided_view.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include "tests/support/all_close.h"

namespace millrace {
namespace {

void expect_same_view(const at::Tensor& given, const at::Tensor& expected) {
  EXPECT_THAT(given, SameTensor(expected));
  EXPECT_EQ(given.strides(), expected.strides());
  EXPECT_EQ(given.const_data_ptr(), expected.const_data_ptr());
}

TEST(StridedView, IsWhatTheOperatorsGive) {
  const at::Tensor images = at::arange(4 * 5 * 6 * 3, at::kByte).view({4, 5, 6, 3});
  for (const at::Tensor& rows : {images, images.narrow(0, 1, 3), images.transpose(0, 2), images.select(3, 1)})
    for (int64_t i = 0; i < rows.size(0); ++i) expect_same_view(row_view(rows, i), rows.select(0, i));
  const at::Tensor numbers = at::arange(5);
  expect_same_view(row_view(numbers, 3), numbers.select(0, 3));
}

TEST(StridedView, TurnsImagesIntoPlanes) {
  const at::Tensor image = at::arange(5 * 6 * 3, at::kByte).view({5, 6, 3}), window = image.narrow(1, 2, 3);
  for (const at::Tensor& colours : {image, window}) expect_same_view(planes_view(colours), colours.permute({2, 0, 1}));
  for (const at::Tensor& gray : {image.select(2, 0), window.select(2, 1)})
    expect_same_view(planes_view(gray), gray.unsqueeze(0));
}

TEST(StridedView, KeepsItsMemoryAlive) {
  const at::Tensor row = row_view(at::arange(6).view({2, 3}), 1);
  EXPECT_THAT(row, SameTensor(at::arange(3, 6)));
}

TEST(StridedView, CarriesAGradient) {
  const at::Tensor rows = at::arange(6, at::kFloat).view({2, 3}).clone().set_requires_grad(true);
  row_view(rows, 1).sum().backward();
  EXPECT_THAT(rows.grad(), SameTensor(at::arange(6).ge(3).to(at::kFloat).view({2, 3})));
}

}  // namespace
}  // namespace millrace
