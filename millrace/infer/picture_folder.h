#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "millrace/io/new_folders.h"
#include "millrace/picture/rgb_image.h"

namespace millrace {

/// The folder of `millrace predict --out`: images with their predictions, as PNG files whose Software text is "millrace
/// predict".
///
/// It replaces pictures of an earlier call. Other files in the folder stay, and their names count as taken.
class PictureFolder {
 public:
  /// Makes the folder if it does not exist; throws Error if it can't be made. A new one is removed again if no picture
  /// was written.
  explicit PictureFolder(const std::string& folder);

  /// Whether a file is a picture that `predict` drew into this folder.
  bool has_drawn(const std::string& file) const;
  /// Writes the picture of a file and returns its path: "DIR/1.png" for hats/1.jpg, "DIR/hats_1.png" if that is taken,
  /// then with a number at the end.
  std::string write(const std::string& file, const RgbImage& picture);

 private:
  std::string free_name(const std::filesystem::path& file);
  bool take(const std::string& name);
  std::filesystem::path path_of(const std::string& name) const { return folder_ / (name + ".png"); }

  io::NewFolders made_;
  std::filesystem::path folder_;
  std::set<std::string> taken_;  // names of this call
};

}  // namespace millrace
