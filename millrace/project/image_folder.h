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
};

/// Looks through `folder`. If it has folders named train and val (or validation, valid, test), these are the split;
/// otherwise a fifth of the images of each class, evenly spread over their sorted names, is for validation. Files with
/// other endings than images have are passed by.
/// Throws Error if it is no folder, if there are fewer than two classes, or if a class has too few images to be split.
ImageFolder survey_images(const std::string& folder);

}  // namespace millrace
