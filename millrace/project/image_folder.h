#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// One image and its class.
struct LabelledPath {
  std::string path;  // relative to the folder
  int64_t label = 0;
};

/// The contents of a folder of images: a folder for each class, or two folders, train and val, with a folder for each
/// class.
struct ImageFolder {
  std::string root;                  // absolute
  std::vector<std::string> classes;  // sorted
  std::vector<LabelledPath> train, val;
  std::vector<std::string> remarks;  // what a user should know: "not used: test"
};

/// Looks through `folder`. If it has folders named train and val (or training; valid, validation, test; upper or lower
/// case), these are the split, and both hold the same classes. Otherwise a fifth of the images of each class, evenly
/// spread over their sorted names, is for validation; the same holds if there is only a train folder. Images are those
/// that io::images_below finds; a remark counts the other files. Throws Error if it is not a folder, if there are fewer
/// than two classes, if the classes of train and val differ, if a class has too few images, or if a file does not begin
/// as an image does. The error lists all such classes or files.
ImageFolder survey_images(const std::string& folder);

}  // namespace millrace
