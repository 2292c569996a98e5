#include "millrace/vis/canvas.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "millrace/base/error.h"

namespace millrace {
namespace {

std::string shape_text(const at::Tensor& tensor) {
  return tensor.defined() ? fmt::format("({})", fmt::join(tensor.sizes(), ", ")) : "undefined";
}

/// `given` as N rows of `columns` float64 numbers on the CPU; a single row may lack its first dimension.
at::Tensor drawn_rows(const at::Tensor& given, int64_t columns, const char* what) {
  if (!given.defined() || (given.dim() != 1 && given.dim() != 2) || given.size(-1) != columns ||
      at::isComplexType(given.scalar_type()))
    throw Error(fmt::format("{} are ({}) or (N, {}), not {}", what, columns, columns, shape_text(given)));
  return given.detach().to(at::kCPU, at::kDouble).reshape({-1, columns}).contiguous();
}

std::vector<PixelPlace> drawn_points(const at::Tensor& given, const char* what) {
  const at::Tensor rows = drawn_rows(given, 2, what);
  const double* const at = rows.const_data_ptr<double>();
  std::vector<PixelPlace> points;
  for (int64_t i = 0; i < rows.size(0); ++i) points.push_back({at[2 * i], at[2 * i + 1]});
  return points;
}

/// The value of the shape `i` among `count`.
template <class T>
const T& style_of(const OneOrMany<T>& values, size_t i, size_t count, const char* name) {
  if (!values.is_list()) return values[0];
  if (values.size() < count) throw Error(fmt::format("{} has {} values for {} shapes", name, values.size(), count));
  return values[i];
}

ShapeStyle shape_style(const ShapeStyles& styles, size_t i, size_t count) {
  return {.edge = style_of(styles.edge_colors, i, count, "edge_colors"),
          .face = style_of(styles.face_colors, i, count, "face_colors"),
          .width = style_of(styles.line_widths, i, count, "line_widths"),
          .line = style_of(styles.line_styles, i, count, "line_styles"),
          .alpha = style_of(styles.alpha, i, count, "alpha")};
}

RgbImage image_of(const at::Tensor& picture) {
  if (!picture.defined() || picture.dim() != 3 || picture.size(2) != 3 || picture.scalar_type() != at::kByte ||
      picture.numel() == 0)
    throw Error(fmt::format("a picture to draw on is (H, W, 3) uint8, not {}", shape_text(picture)));
  const at::Tensor bytes = picture.cpu().contiguous();
  RgbImage image(bytes.size(1), bytes.size(0));
  std::memcpy(image.bytes().data(), bytes.const_data_ptr<uint8_t>(), image.bytes().size());
  return image;
}

}  // namespace

AlignX align_x(std::string_view name) {
  if (name == "left") return AlignX::left;
  if (name == "center") return AlignX::center;
  if (name == "right") return AlignX::right;
  throw Error(fmt::format("there is no horizontal alignment '{}'", name)).note("there are: left, center, right");
}

AlignY align_y(std::string_view name) {
  if (name == "top") return AlignY::top;
  if (name == "center") return AlignY::center;
  if (name == "bottom") return AlignY::bottom;
  if (name == "baseline") return AlignY::baseline;
  throw Error(fmt::format("there is no vertical alignment '{}'", name))
      .note("there are: top, center, bottom, baseline");
}

Canvas::Canvas(RgbImage picture) : image_(std::move(picture)) {
  if (image_.width() == 0) throw Error("a picture without pixels can't be drawn on");
}
Canvas::Canvas(const at::Tensor& picture) : image_(image_of(picture)) {}

at::Tensor Canvas::tensor() const {
  at::Tensor copy = at::empty({image_.height(), image_.width(), 3}, at::kByte);
  std::memcpy(copy.mutable_data_ptr<uint8_t>(), image_.bytes().data(), image_.bytes().size());
  return copy;
}

double Canvas::font_size() const {
  return std::max(std::sqrt(static_cast<double>(image_.width()) * static_cast<double>(image_.height())) / 90, 10.0);
}

Canvas& Canvas::draw_bboxes(const at::Tensor& bboxes, const ShapeStyles& styles) {
  const at::Tensor rows = drawn_rows(bboxes, 4, "boxes");
  std::vector<at::Tensor> polygons;
  for (int64_t i = 0; i < rows.size(0); ++i) {
    const double* const box = rows.const_data_ptr<double>() + 4 * i;
    if (!(box[0] <= box[2] && box[1] <= box[3]))
      throw Error(fmt::format("box {} has x1 > x2 or y1 > y2: ({}, {}, {}, {})", i, box[0], box[1], box[2], box[3]))
          .note("a box is x1, y1, x2, y2");
    const double corners[] = {box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3]};
    at::Tensor polygon = at::empty({4, 2}, at::kDouble);
    std::copy(std::begin(corners), std::end(corners), polygon.mutable_data_ptr<double>());
    polygons.push_back(std::move(polygon));
  }
  return draw_polygons(polygons, styles);
}

Canvas& Canvas::draw_lines(const at::Tensor& x_datas, const at::Tensor& y_datas, const LineStyles& styles) {
  const at::Tensor xs = drawn_rows(x_datas, 2, "the x of lines"), ys = drawn_rows(y_datas, 2, "the y of lines");
  if (xs.size(0) != ys.size(0))
    throw Error(fmt::format("lines have {} pairs of x and {} of y", xs.size(0), ys.size(0)));
  Painter painter(image_);
  const auto count = static_cast<size_t>(xs.size(0));
  for (size_t i = 0; i < count; ++i) {
    const double* const x = xs.const_data_ptr<double>() + 2 * i;
    const double* const y = ys.const_data_ptr<double>() + 2 * i;
    painter.polyline({{x[0], y[0]}, {x[1], y[1]}}, {.edge = style_of(styles.colors, i, count, "colors"),
                                                    .width = style_of(styles.line_widths, i, count, "line_widths"),
                                                    .line = style_of(styles.line_styles, i, count, "line_styles"),
                                                    .alpha = 1});
  }
  return *this;
}

Canvas& Canvas::draw_circles(const at::Tensor& center, const at::Tensor& radius, const ShapeStyles& styles) {
  const std::vector<PixelPlace> centres = drawn_points(center, "centres of circles");
  if (!radius.defined() || radius.numel() != static_cast<int64_t>(centres.size()))
    throw Error(fmt::format("{} circles have radii {}", centres.size(), shape_text(radius)));
  const at::Tensor radii = radius.detach().to(at::kCPU, at::kDouble).reshape({-1}).contiguous();
  Painter painter(image_);
  for (size_t i = 0; i < centres.size(); ++i)
    painter.circle(centres[i], radii.const_data_ptr<double>()[i], shape_style(styles, i, centres.size()));
  return *this;
}

Canvas& Canvas::draw_texts(const OneOrMany<std::string>& texts, const at::Tensor& positions, const TextStyles& styles) {
  const std::vector<PixelPlace> places = drawn_points(positions, "places of texts");
  if (places.size() != texts.size()) throw Error(fmt::format("{} texts have {} places", texts.size(), places.size()));
  const OneOrMany<double> sizes = styles.font_sizes.value_or(OneOrMany<double>(font_size()));
  Painter painter(image_);
  const size_t count = places.size();
  for (size_t i = 0; i < count; ++i) {
    const TextBox& box = style_of(styles.bboxes, i, count, "bboxes");
    painter.text(texts[i], places[i],
                 {.colour = style_of(styles.colors, i, count, "colors"),
                  .size = style_of(sizes, i, count, "font_sizes"),
                  .across = style_of(styles.horizontal_alignments, i, count, "horizontal_alignments"),
                  .down = style_of(styles.vertical_alignments, i, count, "vertical_alignments"),
                  .box = box.facecolor,
                  .box_edge = box.edgecolor,
                  .box_alpha = box.alpha,
                  .pad = box.pad});
  }
  return *this;
}

Canvas& Canvas::draw_polygons(const std::vector<at::Tensor>& polygons, const ShapeStyles& styles) {
  Painter painter(image_);
  for (size_t i = 0; i < polygons.size(); ++i) {
    if (!polygons[i].defined() || polygons[i].dim() != 2 || polygons[i].size(0) < 2)
      throw Error(fmt::format("a polygon is (M, 2) with M of 2 or more, not {}", shape_text(polygons[i])));
    ShapeStyle style = shape_style(styles, i, polygons.size());
    style.width = std::min(std::max(style.width, 1.0), font_size() / 4);
    painter.polygon(drawn_points(polygons[i], "corners of a polygon"), style);
  }
  return *this;
}

Canvas& Canvas::draw_points(const at::Tensor& positions, const PointStyles& styles) {
  const std::vector<PixelPlace> places = drawn_points(positions, "points");
  Painter painter(image_);
  for (size_t i = 0; i < places.size(); ++i)
    painter.point(places[i], style_of(styles.sizes, i, places.size(), "sizes"), styles.marker,
                  style_of(styles.colors, i, places.size(), "colors"), 1);
  return *this;
}

Canvas& Canvas::draw_binary_masks(const at::Tensor& binary_masks, const MaskStyles& styles) {
  const at::Tensor& given = binary_masks;
  if (!given.defined() || given.scalar_type() != at::kBool || (given.dim() != 2 && given.dim() != 3) ||
      given.size(-2) != image_.height() || given.size(-1) != image_.width())
    throw Error(fmt::format("masks are bool and (H, W) or (N, H, W) of the picture's {}x{}, not {}", image_.width(),
                            image_.height(), shape_text(given)));
  const at::Tensor masks = given.cpu().reshape({-1, image_.height() * image_.width()}).to(at::kByte).contiguous();
  Painter painter(image_);
  const auto count = static_cast<size_t>(masks.size(0));
  const auto pixels = static_cast<size_t>(masks.size(1));
  for (size_t i = 0; i < count; ++i)
    if (const auto& colour = style_of(styles.colors, i, count, "colors").colour())
      painter.mask({masks.const_data_ptr<uint8_t>() + i * pixels, pixels}, *colour,
                   style_of(styles.alphas, i, count, "alphas"));
  return *this;
}

}  // namespace millrace
