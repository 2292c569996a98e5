#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::io {

/// .jpg, .jpeg, .jfif, .png, .webp, .bmp, .tif, .tiff: how the names of images end, in either case.
const std::vector<std::string>& image_endings();
bool has_image_ending(std::string_view name, std::span<const std::string> endings = image_endings());

/// Files that a walk came across and left alone, counted by the endings of their names.
class SkippedFiles {
 public:
  void add(std::string_view name);
  void add(const SkippedFiles& others);
  /// "4 files skipped: 3 .heic, 1 .txt"; "" if there are none.
  std::string text() const;

 private:
  std::map<std::string, int64_t> by_ending_;
};

struct FoundImages {
  std::vector<std::string> paths;  // sorted
  SkippedFiles skipped;
};

/// The images below a folder, at any depth: the one walk of all that look for images. Names with a dot at their front
/// (._1.jpg, .ipynb_checkpoints) and __MACOSX are no part of the data: they are neither found nor counted. Each path is
/// `prefix` with what follows it: "hats" gives "hats/red/1.jpg". Throws Error if a folder can't be listed, a name is
/// not UTF-8, or links make a ring of folders.
FoundImages images_below(const std::string& folder, const std::string& prefix,
                         std::span<const std::string> endings = image_endings());

/// The folders directly in one, sorted, but for those that are no part of the data; other files are added to `skipped`.
std::vector<std::string> image_folders_in(const std::string& folder, SkippedFiles& skipped);

/// The images that a user names by words of a command line.
struct NamedImages {
  struct Missed {
    std::string word, error;  // "no*.jpg", "no*.jpg: no file fits the pattern"
  };

  std::vector<std::string> paths;  // in the order of the words
  std::vector<Missed> missed;      // folders without images, folders that can't be listed, patterns that fit nothing
  SkippedFiles skipped;            // in folders
};

/// A word that is a folder means all images below it. A word with `*`, `?` or `[` that is not a file means all files
/// and folders that fit it as a pattern of a shell. Any other word is the path of a file, whether that exists or not.
NamedImages named_images(const std::vector<std::string>& words);

}  // namespace millrace::io
