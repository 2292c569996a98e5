#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "millrace/picture/rgb_image.h"

namespace millrace {

/// The folder of `millrace predict --out`: images with what was predicted of them, as PNG files that name themselves as
/// made by "millrace predict".
///
/// A picture of an earlier call is replaced; whatever else lies in the folder stays, and the name counts as taken.
class PictureFolder {
 public:
  /// Makes the folder if it is not there; throws Error if it can't be made.
  explicit PictureFolder(const std::string& folder);

  /// Whether a file is a picture that was drawn into this folder.
  bool has_drawn(const std::string& file) const;
  /// Writes the picture of a file; its path: "DIR/1.png" of hats/1.jpg, "DIR/hats_1.png" where that is taken, then
  /// numbers behind it.
  std::string write(const std::string& file, const RgbImage& picture);

 private:
  std::string free_name(const std::filesystem::path& file);
  bool take(const std::string& name);
  std::filesystem::path path_of(const std::string& name) const { return folder_ / (name + ".png"); }

  std::filesystem::path folder_;
  std::set<std::string> taken_;  // names of this call
};

}  // namespace millrace
