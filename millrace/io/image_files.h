#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {

/// Whether a file of that name is an image that we read: .jpg, .jpeg, .png, .webp, .bmp, .tif, .tiff, in either case.
bool has_image_ending(std::string_view name);

/// ".jpg, .jpeg, .png", and so on: all that has_image_ending takes.
std::string image_endings();

/// The images below a folder, at any depth, sorted by folder and name; those whose name, or that of a folder on their
/// way, begins with a dot are skipped. Each is `prefix` with what follows it: "hats" gives "hats/red/1.jpg". Throws
/// Error if a folder can't be listed.
std::vector<std::string> images_below(const std::string& folder, const std::string& prefix);

/// What a user means by words that name images.
struct NamedImages {
  struct Missed {
    std::string word, error;  // "no*.jpg", "no*.jpg: no file fits the pattern"
  };

  std::vector<std::string> paths;  // in the order of the words
  std::vector<Missed> missed;      // folders without images, folders that can't be listed, patterns that fit nothing
};

/// A file is itself, a folder all images below it, and a word with `*`, `?` or `[` that is not there the files that fit
/// it (as a shell's pattern), a folder among them as above. Whether a file is there, who reads it finds out.
NamedImages named_images(const std::vector<std::string>& words);

}  // namespace millrace::io
