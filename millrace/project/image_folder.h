#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// One image and its class.
struct LabelledPath {
  std::string path;  // relative to the folder that was surveyed
  int64_t label = 0;
};

/// What lies in a folder of images: a folder for each class, or those in one folder each for training and validation.
struct ImageFolder {
  std::string root;                  // absolute
  std::vector<std::string> classes;  // sorted
  std::vector<LabelledPath> train, val;
  std::vector<std::string> remarks;  // what a user should know: "not used: test"
};

/// Looks through `folder`. If it has folders named train and val (or training; valid, validation, test; in capitals or
/// not), these are the split, and both hold the same classes. Otherwise a fifth of the images of each class, evenly
/// spread over their sorted names, is for validation; so it is inside train where that is all there is. Files with
/// other endings than images have are skipped, and so are folders named __MACOSX or with a dot at their front.
/// Throws Error if it is not a folder, if there are fewer than two classes, if the classes of train and val differ, if a
/// class has too few images, or if a file begins as no image does: with all such classes, or files, at once.
ImageFolder survey_images(const std::string& folder);

}  // namespace millrace
