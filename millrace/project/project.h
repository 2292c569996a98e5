#pragma once

#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// The arguments of `millrace init`.
struct ProjectRequest {
  std::string folder;  // must not exist yet, or be empty
  std::optional<std::string>
      data{};          // a folder of images with a folder for each class; none: points that the project itself makes
  bool cmake = false;  // a program with a model and a dataset of its own in C++, which is the command, too
};

struct Project {
  std::vector<std::string> files;     // what was written, relative to the folder
  std::vector<std::string> facts;     // "3068 images of 10 classes: 2454 to train, 614 to validate", a line a class
  std::vector<std::string> commands;  // what to type next, in the folder
};

/// Writes a small project that trains at once. Throws Error if the folder is not empty, if `data` is not an image
/// folder, or if both `data` and `cmake` are given; then it leaves nothing behind.
Project write_project(const ProjectRequest& request);

}  // namespace millrace
