#include "millrace/io/image_files.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/io/file.h"

namespace millrace::io {
namespace {

namespace fs = std::filesystem;

bool is_no_data(std::string_view name) { return name.starts_with(".") || name == "__MACOSX"; }

/// Names become names of classes, and lines of lists.
void check_is_text(const std::string& folder, std::string_view name) {
  if (first_invalid_utf8(name) == std::string_view::npos) return;
  std::string shown;
  for (const char c : name)
    shown += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c)
                                                  : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  throw Error(Place(folder), fmt::format("the name '{}' in it is not UTF-8", shown)).note("rename it");
}

/// Adds the folder to those above what it holds. A link to one of them would be walked for ever.
void refuse_ring(const std::string& folder, std::vector<std::string>& above) {
  std::error_code failure;
  std::string real = fs::canonical(folder, failure).string();
  if (failure) real = folder;  // list_folder() says what is wrong with it
  if (std::find(above.begin(), above.end(), real) != above.end())
    throw Error(Place(folder), "this link leads back to " + real + ", in which it lies").note("remove the link");
  above.push_back(std::move(real));
}

void collect_images(const std::string& folder, const std::string& prefix, std::span<const std::string> endings,
                    FoundImages& found, std::vector<std::string>& above) {
  constexpr size_t kDeepest = 64;
  if (above.size() > kDeepest) throw Error(Place(folder), fmt::format("folders within folders, {} deep", kDeepest));
  refuse_ring(folder, above);
  const auto below = [](const std::string& above, const std::string& name) {
    return above.empty() || above.ends_with('/') ? above + name : above + "/" + name;
  };
  for (const FolderEntry& entry : list_folder(folder)) {
    if (is_no_data(entry.name)) continue;
    if (!entry.is_folder && !has_image_ending(entry.name, endings)) {
      found.skipped.add(entry.name);
      continue;
    }
    check_is_text(folder, entry.name);
    const std::string path = below(prefix, entry.name);
    if (entry.is_folder) collect_images(below(folder, entry.name), path, endings, found, above);
    else found.paths.push_back(path);
  }
  above.pop_back();
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
  FoundImages found;
  try {
    found = images_below(path, path);
  } catch (const Error& error) {
    return add_missed(images, path, error);
  }
  if (found.paths.empty()) {
    const std::string skipped = found.skipped.text();
    add_missed(images, path,
               {Place(path), "there are no images in the folder" + (skipped.empty() ? "" : "; " + skipped)});
    return;
  }
  images.paths.insert(images.paths.end(), found.paths.begin(), found.paths.end());
  images.skipped.add(found.skipped);
}

}  // namespace

const std::vector<std::string>& image_endings() {
  static const std::vector<std::string> endings = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff"};
  return endings;
}

bool has_image_ending(std::string_view name, std::span<const std::string> endings) {
  const std::string lower = to_lower(name);
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return lower.ends_with(to_lower(ending)); });
}

void SkippedFiles::add(std::string_view name) { ++by_ending_[to_lower(fs::path(name).extension().string())]; }

void SkippedFiles::add(const SkippedFiles& others) {
  for (const auto& [ending, count] : others.by_ending_) by_ending_[ending] += count;
}

std::string SkippedFiles::text() const {
  if (by_ending_.empty()) return "";
  std::vector<std::pair<std::string, int64_t>> most(by_ending_.begin(), by_ending_.end());
  std::stable_sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr size_t kShown = 8;
  std::vector<std::string> parts;
  int64_t all = 0, others = 0;
  for (size_t i = 0; i < most.size(); ++i) {
    const auto& [ending, count] = most[i];
    all += count;
    if (i >= kShown) others += count;
    else parts.push_back(fmt::format("{} {}", count, ending.empty() ? "without an ending" : ending));
  }
  if (others > 0) parts.push_back(fmt::format("{} others", others));
  return counted(all, "file") + " skipped: " + join(parts);
}

FoundImages images_below(const std::string& folder, const std::string& prefix, std::span<const std::string> endings) {
  FoundImages found;
  std::vector<std::string> above;
  collect_images(folder, prefix, endings, found, above);
  std::sort(found.paths.begin(), found.paths.end());
  return found;
}

std::vector<std::string> image_folders_in(const std::string& folder, SkippedFiles& skipped) {
  std::vector<std::string> names;
  for (const FolderEntry& entry : list_folder(folder)) {
    if (is_no_data(entry.name)) continue;
    if (!entry.is_folder) {
      skipped.add(entry.name);
      continue;
    }
    check_is_text(folder, entry.name);
    names.push_back(entry.name);
  }
  return names;
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
