#include "millrace/project/image_folder.h"

#include <algorithm>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/io/file.h"
#include "millrace/io/image_files.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

constexpr size_t kEvery = 5;  // the last of so many images is for validation

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const io::FolderEntry& entry : io::list_folder(folder.string()))
    if (entry.is_folder && !entry.name.starts_with(".")) names.push_back(entry.name);
  return names;
}

std::vector<std::vector<std::string>> images_by_class(const fs::path& root, const std::string& part,
                                                      const std::vector<std::string>& classes) {
  std::vector<std::vector<std::string>> images;
  for (const std::string& name : classes) {
    const std::string prefix = part.empty() ? name : part + "/" + name;
    images.push_back(io::images_below((root / prefix).string(), prefix));
    if (images.back().empty()) throw Error(Place((root / prefix).string()), "the class has no images");
  }
  return images;
}

std::string first_of(const std::vector<std::string>& names, std::initializer_list<const char*> wanted) {
  for (const char* name : wanted)
    if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  return {};
}

void add(const std::vector<std::vector<std::string>>& images, std::vector<LabelledPath>& list) {
  for (size_t label = 0; label < images.size(); ++label)
    for (const std::string& path : images[label]) list.push_back({path, static_cast<int64_t>(label)});
}

}  // namespace

ImageFolder survey_images(const std::string& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) throw Error(Place(folder), "there is no such folder");
  ImageFolder found;
  const fs::path root = fs::canonical(folder);
  found.root = root.string();
  const std::vector<std::string> names = folders_in(root);
  const std::string train = first_of(names, {"train", "training"});
  const std::string val = first_of(names, {"val", "valid", "validation", "test"});
  const bool is_split = !train.empty() && !val.empty();
  found.classes = is_split ? folders_in(root / train) : names;
  if (found.classes.size() < 2)
    throw Error(Place(folder), found.classes.empty() ? "there are no folders of images in it"
                                                     : "there is one class in it, and a classifier needs two")
        .help("one folder for each class, named as the class, with its images: shop/hat/1.jpg");
  if (is_split) {
    add(images_by_class(root, train, found.classes), found.train);
    add(images_by_class(root, val, found.classes), found.val);
    return found;
  }
  const auto images = images_by_class(root, "", found.classes);
  for (size_t label = 0; label < images.size(); ++label) {
    if (images[label].size() < kEvery)
      throw Error(Place((root / found.classes[label]).string()),
                  "the class has " + std::to_string(images[label].size()) + " images, and at least " +
                      std::to_string(kEvery) + " are needed to train and to validate");
    for (size_t i = 0; i < images[label].size(); ++i)
      (i % kEvery == kEvery - 1 ? found.val : found.train).push_back({images[label][i], static_cast<int64_t>(label)});
  }
  return found;
}

}  // namespace millrace
