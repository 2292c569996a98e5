#include "millrace/vis/canvas.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr Rgb kBlack{0, 0, 0}, kRed{255, 0, 0}, kBlue{0, 0, 255};

Canvas black() { return Canvas(RgbImage(40, 30, kBlack)); }

TEST(Canvas, DrawsEachBoxInItsStyle) {
  Canvas canvas = black();
  const at::Tensor boxes = at::tensor({2, 2, 10, 10, 20, 5, 35, 25}).view({2, 4});
  canvas.draw_bboxes(boxes, {.edge_colors = {"r", "b"}, .face_colors = {"none", "r"}, .alpha = {1.0, 0.5}});
  EXPECT_EQ(canvas.image().pixel(2, 6), kRed);
  EXPECT_EQ(canvas.image().pixel(6, 6), kBlack);
  EXPECT_EQ(canvas.image().pixel(28, 15), (Rgb{128, 0, 0}));
  EXPECT_EQ(canvas.image().pixel(20, 15), (Rgb{64, 0, 128}));  // the blue line over the red face: by half each
  Canvas alone = black();
  alone.draw_bboxes(boxes[0], {.edge_colors = "r", .alpha = 1});
  EXPECT_EQ(alone.image().pixel(2, 6), kRed);
}

TEST(Canvas, HoldsTheWidthsOfPolygonsWithinAQuarterOfTheFont) {
  Canvas wide = black(), most = black();
  const at::Tensor box = at::tensor({10, 10, 30, 20});
  wide.draw_bboxes(box, {.line_widths = 9});
  most.draw_bboxes(box, {.line_widths = 2.5});
  EXPECT_EQ(wide.font_size(), 10);
  EXPECT_EQ(wide.image().bytes(), most.image().bytes());
}

TEST(Canvas, DrawsLinesCirclesPointsAndTexts) {
  Canvas canvas = black();
  canvas.draw_lines(at::tensor({0, 40}), at::tensor({5, 5}), {.colors = "r"})
      .draw_circles(at::tensor({20.0, 20.0}), at::tensor(4.0), {.edge_colors = "none", .face_colors = "b", .alpha = 1})
      .draw_points(at::tensor({5, 20}).view({1, 2}), {.colors = "r", .marker = "s", .sizes = 16});
  EXPECT_EQ(canvas.image().pixel(39, 4), kRed);
  EXPECT_EQ(canvas.image().pixel(0, 5), kRed);
  EXPECT_EQ(canvas.image().pixel(20, 20), kBlue);
  EXPECT_EQ(canvas.image().pixel(3, 18), kRed);
  EXPECT_EQ(canvas.image().pixel(2, 18), kBlack);

  RgbImage written(40, 30, kBlack);
  written.write("cat", 3, 4, kRed);
  Canvas texts = black();
  texts.draw_texts("cat", at::tensor({3, 4}), {.colors = "r"});
  EXPECT_EQ(texts.image().bytes(), written.bytes());
  Canvas boxed = black();
  boxed.draw_texts("cat", at::tensor({3, 4}), {.colors = "r", .bboxes = TextBox{.facecolor = "b", .alpha = 0.5}});
  EXPECT_EQ(boxed.image().pixel(1, 2), (Rgb{0, 0, 128}));
  Canvas centred = black();
  centred.draw_texts({"a", "b"}, at::tensor({10, 10, 30, 10}).view({2, 2}),
                     {.font_sizes = OneOrMany<double>{10.0, 20.0},
                      .colors = "r",
                      .vertical_alignments = "center",
                      .horizontal_alignments = {"center", "right"}});
  EXPECT_NE(centred.image().bytes(), RgbImage(40, 30, kBlack).bytes());
}

TEST(Canvas, BlendsMasksOneAfterTheOther) {
  Canvas canvas(at::full({2, 2, 3}, 100, at::kByte));
  at::Tensor masks = at::zeros({2, 2, 2}, at::kBool);
  masks[0][0].fill_(true);
  masks[1][0][0] = true;
  canvas.draw_binary_masks(masks, {.colors = {Rgb{200, 0, 100}, Rgb{0, 0, 0}}, .alphas = {0.8, 0.5}});
  // 0.2 * 100 + 0.8 * (200, 0, 100) = (180, 20, 100); then half of it, as cv2.addWeighted rounds.
  EXPECT_THAT(canvas.tensor()[0], SameTensor(at::tensor({90, 10, 50, 180, 20, 100}, at::kByte).view({2, 3})));
  EXPECT_THAT(canvas.tensor()[1], SameTensor(at::full({2, 3}, 100, at::kByte)));
}

TEST(Canvas, SaysWhatDoesNotFit) {
  Canvas canvas = black();
  EXPECT_THAT(
      [&] {
        canvas.draw_bboxes(at::zeros({2, 3}));
      },
      ThrowsMessage<Error>(HasSubstr("boxes are (4) or (N, 4), not (2, 3)")));
  EXPECT_THAT(
      [&] {
        canvas.draw_bboxes(at::tensor({5, 0, 1, 1}));
      },
      ThrowsMessage<Error>(HasSubstr("box 0 has x1 > x2 or y1 > y2: (5, 0, 1, 1)")));
  EXPECT_THAT(
      [&] {
        canvas.draw_bboxes(at::zeros({2, 4}), {.edge_colors = std::vector<Ink>{"r"}});
      },
      ThrowsMessage<Error>(HasSubstr("edge_colors has 1 values for 2 shapes")));
  EXPECT_THAT(
      [&] {
        canvas.draw_binary_masks(at::zeros({2, 2}, at::kBool));
      },
      ThrowsMessage<Error>(HasSubstr("masks are bool and (H, W) or (N, H, W) of the picture's 40x30, not (2, 2)")));
  EXPECT_THAT(
      [&] {
        canvas.draw_texts("a", at::zeros({2, 2}));
      },
      ThrowsMessage<Error>(HasSubstr("1 texts have 2 places")));
  EXPECT_THAT(
      [&] {
        canvas.draw_circles(at::zeros({2, 2}), at::zeros({3}));
      },
      ThrowsMessage<Error>(HasSubstr("2 circles have radii (3)")));
  EXPECT_THAT(
      [] {
        Canvas(at::zeros({3, 4, 4}));
      },
      ThrowsMessage<Error>(HasSubstr("a picture to draw on is (H, W, 3) uint8, not (3, 4, 4)")));
  EXPECT_THAT([] { align_x("middle"); }, ThrowsMessage<Error>(HasSubstr("there is no horizontal alignment 'middle'")));
}

}  // namespace
}  // namespace millrace
