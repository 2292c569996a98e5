#include "millrace/project/image_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "millrace/base/error.h"
#include "millrace/base/shell_word.h"
#include "millrace/base/text.h"
#include "millrace/io/file.h"
#include "millrace/io/image_files.h"
#include "millrace/project/image_head.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

using Names = std::vector<std::string>;

constexpr size_t kEvery = 5;       // the last of so many images is for validation
constexpr size_t kMostNamed = 10;  // of classes or files in an error
constexpr const char* kLayout = "one folder for each class, named as the class, with its images: shop/hat/1.jpg";

Names folders_in(const fs::path& folder) {
  io::SkippedFiles beside;
  return io::image_folders_in(folder.string(), beside);
}

/// The name that is, but for capitals, the first of the wanted ones; "" where none is there.
std::string first_of(const Names& names, std::initializer_list<const char*> wanted) {
  for (const char* want : wanted)
    for (const std::string& name : names)
      if (to_lower(name) == want) return name;
  return {};
}

/// The names that `others` lacks.
Names missing_in(const Names& others, const Names& names) {
  Names missing;
  std::copy_if(names.begin(), names.end(), std::back_inserter(missing),
               [&](const std::string& name) { return std::find(others.begin(), others.end(), name) == others.end(); });
  return missing;
}

/// "a, b, c", cut where there are many.
std::string listed(const Names& names) {
  const size_t shown = std::min(names.size(), kMostNamed);
  const std::string text = join(std::span(names).first(shown));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

/// An error with a note for each line, cut where there are many.
Error with_notes(Error error, const Names& lines) {
  for (size_t i = 0; i < std::min(lines.size(), kMostNamed); ++i) error.note(lines[i]);
  if (lines.size() > kMostNamed) error.note(fmt::format("and {} more", lines.size() - kMostNamed));
  return error;
}

/// The folders of training and validation; "" for train where the classes lie in the root, and for val where a part of
/// train is taken.
struct Parts {
  std::string train, val;
};

Parts parts_of(const std::string& folder, const Names& names, Names& remarks) {
  const std::string train = first_of(names, {"train", "training"});
  const std::string val = first_of(names, {"val", "valid", "validation"}), test = first_of(names, {"test"});
  if (train.empty() && !names.empty() && names.size() == size_t{!val.empty()} + size_t{!test.empty()})
    throw Error(Place(folder), "there is no folder train beside " + join(names, " and ")).note(kLayout);
  if (!train.empty() && names.size() == 1) {
    remarks.push_back(fmt::format("there is no folder val: a fifth of {} is for validation", train));
    return {train, ""};
  }
  if (train.empty() || (val.empty() && test.empty())) return {};
  if (val.empty()) remarks.push_back(fmt::format("there is no folder val: {} is for validation", test));
  const Parts parts{train, val.empty() ? test : val};
  if (const Names unused = missing_in({parts.train, parts.val}, names); !unused.empty())
    remarks.push_back("not used: " + listed(unused));
  return parts;
}

/// The folders in `holder`, which must be two at least.
Names classes_in(const fs::path& holder) {
  Names classes = folders_in(holder);
  if (classes.size() >= 2) return classes;
  if (classes.empty()) throw Error(Place(holder.string()), "there are no folders of images in it").note(kLayout);
  const fs::path only = holder / classes[0];
  Error error(Place(holder.string()),
              fmt::format("there is one class in it, {}, and a classifier needs two", classes[0]));
  if (folders_in(only).size() < 2) error.note(kLayout);
  else error.help(fmt::format("--data {} if the classes are in there", shell_word(only.string())));
  throw error;
}

void check_same_classes(const fs::path& folder, const Parts& parts, const Names& train, const Names& val) {
  const Place place((folder / parts.val).string());
  Mistakes mistakes;
  if (const Names more = missing_in(train, val); !more.empty())
    mistakes
        .add({place, more.size() == 1
                         ? fmt::format("{} has no class {}{}", parts.train, more[0], did_you_mean(more[0], train))
                         : fmt::format("{} has no classes {}", parts.train, listed(more))})
        .note(fmt::format("{} and {} need the same folders, one for each class", parts.train, parts.val));
  if (const Names fewer = missing_in(val, train); !fewer.empty())
    mistakes
        .add(
            {place, fmt::format("there is no folder for the class{} {}", fewer.size() == 1 ? "" : "es", listed(fewer))})
        .help(
            fmt::format("--data {} keeps a fifth of that for validation", shell_word((folder / parts.train).string())));
  mistakes.throw_if_any();
}

/// For each class its images; `lacks` gets a line for each class that has fewer than `needed`.
std::vector<Names> images_by_class(const fs::path& root, const std::string& part, const Names& classes, size_t needed,
                                   Names& lacks, io::SkippedFiles& skipped) {
  std::vector<Names> images;
  (void)io::image_folders_in((root / part).string(), skipped);
  for (const std::string& name : classes) {
    const std::string prefix = (fs::path(part) / name).string();
    io::FoundImages found = io::images_below((root / prefix).string(), prefix);
    skipped.add(found.skipped);
    images.push_back(std::move(found.paths));
    const size_t count = images.back().size();
    if (count < needed)
      lacks.push_back(count == 0 ? prefix + ": none"
                                 : fmt::format("{}: {} image{}", prefix, count, count == 1 ? "" : "s"));
  }
  return images;
}

void check_counts(const std::string& folder, const Parts& parts, const Names& lacks, const std::string& skipped) {
  if (lacks.empty()) return;
  const std::string needed = parts.val.empty() ? fmt::format("at least {} images, to train and to validate", kEvery)
                                               : fmt::format("images in {} and in {}", parts.train, parts.val);
  Error error = with_notes(Error(Place(folder), "a class needs " + needed), lacks);
  if (!skipped.empty()) error.note(skipped);
  throw std::move(error)
      .note("images end in " + join(io::image_endings()))
      .note("add images to these folders, or take the classes out");
}

/// Refuses all files at once that would stop a training one by one.
void check_files(const std::string& folder, const ImageFolder& images) {
  Names faults;
  for (const auto* part : {&images.train, &images.val})
    for (const LabelledPath& image : *part)
      if (const std::string fault = fault_of_image(images.root + "/" + image.path); !fault.empty())
        faults.push_back(image.path + ": " + fault);
  if (faults.empty()) return;
  const bool one = faults.size() == 1;
  throw with_notes(
      Error(Place(folder), one ? "1 file is not an image" : fmt::format("{} files are not images", faults.size())),
      faults)
      .note(fmt::format("delete {0}, or convert {0} to JPEG or PNG", one ? "it" : "them"));
}

}  // namespace

ImageFolder survey_images(const std::string& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) throw Error(Place(folder), "there is no such folder");
  ImageFolder found;
  const fs::path root = fs::canonical(folder);
  found.root = root.string();
  const Parts parts = parts_of(folder, folders_in(root), found.remarks);
  found.classes = classes_in(parts.train.empty() ? fs::path(folder) : fs::path(folder) / parts.train);
  const bool is_split = !parts.val.empty();
  if (is_split) check_same_classes(folder, parts, found.classes, folders_in(root / parts.val));

  Names lacks;
  io::SkippedFiles skipped;
  const auto train = images_by_class(root, parts.train, found.classes, is_split ? 1 : kEvery, lacks, skipped);
  const auto val = is_split ? images_by_class(root, parts.val, found.classes, 1, lacks, skipped) : std::vector<Names>();
  check_counts(folder, parts, lacks, skipped.text());
  if (const std::string text = skipped.text(); !text.empty()) found.remarks.push_back(text);
  for (size_t label = 0; label < train.size(); ++label) {
    for (size_t i = 0; i < train[label].size(); ++i)
      (!is_split && i % kEvery == kEvery - 1 ? found.val : found.train)
          .push_back({train[label][i], static_cast<int64_t>(label)});
    if (!is_split) continue;
    for (const std::string& path : val[label]) found.val.push_back({path, static_cast<int64_t>(label)});
  }
  check_files(folder, found);
  return found;
}

}  // namespace millrace
