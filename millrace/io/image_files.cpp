#include "millrace/io/image_files.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/file.h"

namespace millrace::io {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kImageEndings = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"};

void collect_images(const fs::path& folder, const std::string& prefix, std::vector<std::string>& found) {
  for (const FolderEntry& entry : list_folder(folder.string())) {
    if (entry.name.starts_with(".")) continue;
    const std::string path = (fs::path(prefix) / entry.name).string();
    if (entry.is_folder) collect_images(folder / entry.name, path, found);
    else if (has_image_ending(entry.name)) found.push_back(path);
  }
}

std::vector<std::string> files_that_fit(const std::string& pattern) {
  glob_t matches{};
  std::vector<std::string> found;
  if (glob(pattern.c_str(), 0, nullptr, &matches) == 0)
    found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  return found;
}

void add_missed(NamedImages& images, const std::string& word, const Error& error) {
  images.missed.push_back({word, error.what()});
}

void add_named(NamedImages& images, const std::string& path) {
  std::error_code absent;
  if (!fs::is_directory(path, absent)) {
    images.paths.push_back(path);
    return;
  }
  const size_t before = images.paths.size();
  try {
    collect_images(path, path, images.paths);
  } catch (const Error& error) {
    return add_missed(images, path, error);
  }
  if (images.paths.size() == before) add_missed(images, path, {Place(path), "there are no images in the folder"});
}

}  // namespace

bool has_image_ending(std::string_view name) {
  const std::string ending = to_lower(fs::path(name).extension().string());
  return std::find(kImageEndings.begin(), kImageEndings.end(), ending) != kImageEndings.end();
}

std::string image_endings() { return join(std::vector<std::string>(kImageEndings.begin(), kImageEndings.end())); }

std::vector<std::string> images_below(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> found;
  collect_images(folder, prefix, found);
  return found;
}

NamedImages named_images(const std::vector<std::string>& words) {
  NamedImages images;
  std::error_code absent;
  for (const std::string& word : words) {
    const bool is_pattern = word.find_first_of("*?[") != std::string::npos && !fs::exists(word, absent);
    if (!is_pattern) {
      add_named(images, word);
      continue;
    }
    const std::vector<std::string> paths = files_that_fit(word);
    if (paths.empty()) add_missed(images, word, {Place(word), "no file fits the pattern"});
    for (const std::string& path : paths) add_named(images, path);
  }
  return images;
}

}  // namespace millrace::io
