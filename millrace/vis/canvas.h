#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/picture/painter.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/registry/required.h"

namespace millrace {

/// A name, as MMEngine's arguments have it, or the value itself.
template <class Value, Value (*read)(std::string_view)>
class ByName {
 public:
  ByName(Value value) : value_(value) {}                   // NOLINT: it is one
  ByName(const char* name) : value_(read(name)) {}         // NOLINT
  ByName(const std::string& name) : value_(read(name)) {}  // NOLINT
  operator Value() const { return value_; }                // NOLINT

 private:
  Value value_;
};

/// The words of an alignment: "left", "center", "right"; "top", "center", "bottom", "baseline".
AlignX align_x(std::string_view name);
AlignY align_y(std::string_view name);

/// How shapes are drawn. Each value is one for all shapes, or a list with at least one per shape.
struct ShapeStyles {
  OneOrMany<Ink> edge_colors = Ink("g");
  OneOrMany<ByName<LineStyle, line_style>> line_styles = LineStyle::solid;
  OneOrMany<double> line_widths = 2.0;  // pixels
  OneOrMany<Ink> face_colors = Ink();   // none
  OneOrMany<double> alpha = 0.8;
};

struct LineStyles {
  OneOrMany<Ink> colors = Ink("g");
  OneOrMany<ByName<LineStyle, line_style>> line_styles = LineStyle::solid;
  OneOrMany<double> line_widths = 2.0;
};

/// What is behind a text, as MMEngine's `bboxes`.
struct TextBox {
  Ink facecolor{};
  Ink edgecolor{};
  double alpha = 1;
  double pad = 2;  // pixels around the text
};

struct TextStyles {
  std::optional<OneOrMany<double>> font_sizes{};  // default: Canvas::font_size(); see TextStyle
  OneOrMany<Ink> colors = Ink("g");
  OneOrMany<ByName<AlignY, align_y>> vertical_alignments = AlignY::top;
  OneOrMany<ByName<AlignX, align_x>> horizontal_alignments = AlignX::left;
  OneOrMany<TextBox> bboxes = TextBox{};
};

struct PointStyles {
  OneOrMany<Ink> colors = Ink("g");
  ByName<Marker, millrace::marker> marker = Marker::circle;
  OneOrMany<double> sizes = 36.0;  // area of the square around a marker, in square pixels
};

struct MaskStyles {
  OneOrMany<Ink> colors = Ink("g");
  OneOrMany<double> alphas = 0.8;
};

/// Draws boxes, lines, texts, … given as tensors on a picture: the drawing half of MMEngine's Visualizer.
///
///     Canvas canvas(picture);
///     canvas.draw_bboxes(boxes, {.edge_colors = {"r", "b"}, .line_widths = 1.5})
///         .draw_texts({"cat", "dog"}, boxes.narrow(1, 0, 2), {.colors = "w", .bboxes = TextBox{.facecolor = "k"}});
///     visualizer.add_image("found", canvas.image(), 7);
///
/// Tensors have any real dtype and device. Places are (x, y) in pixels; see PixelPlace. Widths and sizes are pixels of the
/// picture, not points at a resolution. What is outside of the picture is cut off. Throws Error for a tensor of another
/// shape, a list with fewer values than there are shapes, and what Painter refuses; then some shapes may have been
/// drawn.
class Canvas {
 public:
  explicit Canvas(RgbImage picture);
  /// (H, W, 3) uint8, red, green, blue.
  explicit Canvas(const at::Tensor& picture);

  const RgbImage& image() const { return image_; }
  /// (H, W, 3) uint8: a copy.
  at::Tensor tensor() const;
  /// The default: max(sqrt(height * width) / 90, 10).
  double font_size() const;

  /// (4) or (N, 4): x1, y1, x2, y2 with x1 <= x2 and y1 <= y2. Widths as in draw_polygons.
  Canvas& draw_bboxes(const at::Tensor& bboxes, const ShapeStyles& styles = {});
  /// One line from (x[0], y[0]) to (x[1], y[1]): (2), or N of them: (N, 2).
  Canvas& draw_lines(const at::Tensor& x_datas, const at::Tensor& y_datas, const LineStyles& styles = {});
  /// (2) and one radius, or (N, 2) and (N).
  Canvas& draw_circles(const at::Tensor& center, const at::Tensor& radius, const ShapeStyles& styles = {});
  /// Texts with their places: (2) or (N, 2).
  Canvas& draw_texts(const OneOrMany<std::string>& texts, const at::Tensor& positions, const TextStyles& styles = {});
  /// Each (M, 2): M >= 2 corners. Widths are held within 1 and a quarter of font_size().
  Canvas& draw_polygons(const std::vector<at::Tensor>& polygons, const ShapeStyles& styles = {});
  /// (2) or (N, 2).
  Canvas& draw_points(const at::Tensor& positions, const PointStyles& styles = {});
  /// (H, W) or (N, H, W) bool, of the picture's size; one after the other.
  Canvas& draw_binary_masks(const at::Tensor& binary_masks, const MaskStyles& styles = {});

 private:
  RgbImage image_;
};

}  // namespace millrace
