#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// A place on a picture: x to the right, y downwards, in pixels. The pixel (i, j) is the square from (i, j) to
/// (i + 1, j + 1), so whole numbers are edges between pixels.
struct PixelPlace {
  double x = 0, y = 0;
};

/// Which part of each pixel some shapes cover, from 0 to 1, exact to the area. This is what makes edges smooth.
///
///     Coverage shape(image.width(), image.height());
///     shape.add(corners);
///     shape.paint(image, {255, 0, 0}, 0.5);      // out = ground + 0.5 * covered * (colour - ground)
///     shape.clear();
///
/// Shapes add up like those of one path under the non-zero rule: what two of them cover in the same sense is covered
/// once. Pixels outside are cut off. Keeps one float per pixel of the picture.
class Coverage {
 public:
  Coverage(int64_t width, int64_t height);

  /// A polygon; the last corner is joined to the first. Throws Error for a corner that is not finite, or further than
  /// 1e9 pixels from the picture.
  void add(std::span<const PixelPlace> corners);
  /// A polygon, turned so that it always adds.
  void add_turned(std::vector<PixelPlace> corners);
  /// Blends `colour` into the picture, which has this size.
  void paint(RgbImage& image, Rgb colour, double alpha) const;
  /// Forgets the shapes: costs only the rows that they touched.
  void clear();
  /// The covered area of the picture, in pixels.
  double area() const;

 private:
  void add_edge(PixelPlace from, PixelPlace to);
  void add_piece(PixelPlace from, PixelPlace to);
  double at(int64_t x, int64_t y, double& sum) const;

  int64_t width_, height_;
  std::vector<float> changes_;  // per row: by how much the signed coverage changes at each pixel; one more at the end
  int64_t top_, bottom_;        // the rows that a shape touched
};

}  // namespace millrace
