#include "millrace/project/image_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/file.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kImageEndings = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"};
constexpr size_t kEvery = 5;  // the last of so many images is for validation

bool is_image(const std::string& name) {
  const std::string ending = to_lower(fs::path(name).extension().string());
  return std::find(kImageEndings.begin(), kImageEndings.end(), ending) != kImageEndings.end();
}

/// Images at any depth below `folder`, as `prefix`/…, sorted.
void collect(const fs::path& folder, const std::string& prefix, std::vector<std::string>& found) {
  for (const io::FolderEntry& entry : io::list_folder(folder.string())) {
    if (entry.name.starts_with(".")) continue;
    const std::string path = prefix + "/" + entry.name;
    if (entry.is_folder) collect(folder / entry.name, path, found);
    else if (is_image(entry.name)) found.push_back(path);
  }
}

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
    collect(root / prefix, prefix, images.emplace_back());
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
