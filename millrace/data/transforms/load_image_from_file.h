#pragma once

#include <span>

#include "millrace/data/imaging.h"
#include "millrace/data/transform.h"

namespace millrace {

/// Reads the image at the path of a sample: JPEG, PNG, WebP, BMP or TIFF.
///
///     LoadImageFromFile().apply(sample, rng);
///
/// Needs   img_path   path of a local file
/// Writes  img        (H, W, 3) uint8, channels blue, green, red, turned upright as the file's EXIF data say; (H, W, 1)
///                    for color_type='grayscale', whatever the file holds for 'unchanged'; as the file stores it (red,
///                    green, blue) for imdecode_backend='tifffile'
///         img_shape, ori_shape  (h, w)
///         channel_order         'bgr', or 'rgb' for tifffile; of grey images, too
/// Throws  Error with the path if the file is missing, damaged, truncated or too large (see Imaging::decode); with
///         ignore_empty an EmptySample
/// Loads the imaging library when it is made.
class LoadImageFromFile final : public Transform {
 public:
  enum class Backend { cv2, pillow, turbojpeg, tifffile };
  struct Options {
    bool to_float32 = false;
    ImageReading::Color color_type = ImageReading::Color::color;
    Backend imdecode_backend = Backend::cv2;
    Value file_client_args{};
    Value backend_args{};
    bool ignore_empty = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("to_float32", &Options::to_float32, "give float32, still from 0 to 255");
      f("color_type", &Options::color_type,
        "colours, grey, or what the file holds; with or without EXIF's orientation");
      f("imdecode_backend", &Options::imdecode_backend,
        "whose rules to follow: turbojpeg ignores the orientation, tifffile keeps the file's channels, red first; one "
        "decoder does all");
      f("file_client_args", &Options::file_client_args, "an older spelling of backend_args");
      f("backend_args", &Options::backend_args, "where files are: None or dict(backend='local')");
      f("ignore_empty", &Options::ignore_empty,
        "leave out images that can't be read: another sample takes the place, and the log names them");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  LoadImageFromFile() : LoadImageFromFile(Options{}) {}
  explicit LoadImageFromFile(Options options);
  void apply(Sample& sample, Rng& rng) const override;
  bool reads_files() const override { return true; }
  const ImageReading& reading() const { return reading_; }
  bool leaves_out_empty() const { return ignore_empty_; }

 private:
  ImageReading reading_;
  bool to_float32_ = false, ignore_empty_ = false;
};

/// What reads the images in a pipeline of these: its LoadImageFromFile; null where there is none.
std::shared_ptr<const LoadImageFromFile> loading_in(std::span<const Component<Transform>> transforms);

}  // namespace millrace
