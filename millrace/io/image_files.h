#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {

/// Whether the name is that of an image that Millrace reads: .jpg, .jpeg, .png, .webp, .bmp, .tif, .tiff, in either
/// case.
bool has_image_ending(std::string_view name);

/// All endings that has_image_ending takes: ".jpg, .jpeg, .png", and so on.
std::string image_endings();

/// The images below a folder, at any depth, sorted by folder and name. Files and folders whose name begins with a dot
/// are skipped. Paths begin with `prefix`: "hats" gives "hats/red/1.jpg". Throws Error if a folder can't be listed.
std::vector<std::string> images_below(const std::string& folder, const std::string& prefix);

/// The images that a user names by words of a command line.
struct NamedImages {
  struct Missed {
    std::string word, error;  // "no*.jpg", "no*.jpg: no file fits the pattern"
  };

  std::vector<std::string> paths;  // in the order of the words
  std::vector<Missed> missed;      // folders without images, folders that can't be listed, patterns that fit nothing
};

/// A word that is a folder means all images below it. A word with `*`, `?` or `[` that is not a file means all files
/// and folders that fit it as a pattern of a shell. Any other word is the path of a file, whether that exists or not.
NamedImages named_images(const std::vector<std::string>& words);

}  // namespace millrace::io
