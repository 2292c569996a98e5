#include "millrace/zoo/classification/datasets/custom_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <numeric>

#include "millrace/base/text.h"
#include "millrace/data/followed_names.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/load_image_from_file.h"
#include "millrace/io/file.h"
#include "millrace/zoo/classification/datasets/labelled_images.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

namespace {

namespace fs = std::filesystem;

void check_is_folder(const std::string& folder) {
  if (!fs::exists(folder))
    throw Error(Place(folder), "no such folder").help("data_root='FOLDER', which holds the images");
  if (!fs::is_directory(folder)) throw Error(Place(folder), "this is a file, and a folder of images is needed");
}

/// The names that the options give to the classes; none if they give none.
std::vector<std::string> class_names(const CustomDataset::Options& options) {
  std::vector<std::string> names;
  if (!options.classes) {
    const Value* given = options.common.metainfo.is_dict() ? options.common.metainfo.find("classes") : nullptr;
    if (given && given->is_sequence())
      for (const Value& name : given->items()) names.push_back(name.is_string() ? name.as_string() : name.repr());
    return names;
  }
  if (const auto* given = std::get_if<0>(&*options.classes)) return *given;
  io::for_each_line(io::read_text(std::get<1>(*options.classes), encoding_of(options.encoding)),
                    [&](std::string_view name, int) { names.emplace_back(name); });
  return names;
}

/// The classes of folders: in their order, or by the names that were given.
struct FolderClasses {
  std::vector<std::string> names;
  std::vector<int64_t> labels;  // of each folder
  std::string notice;
};

FolderClasses classes_of_folders(const std::string& root, const std::vector<std::string>& folders,
                                 const std::vector<std::string>& given) {
  FolderClasses classes{.names = given.empty() ? folders : given};
  std::vector<std::string> unknown;
  for (const std::string& folder : folders) {
    const auto found = std::find(classes.names.begin(), classes.names.end(), folder);
    if (found == classes.names.end()) unknown.push_back(folder);
    classes.labels.push_back(found - classes.names.begin());
  }
  if (const std::string twice = named_twice(given); unknown.empty() && !twice.empty())
    throw Error(Place(root), fmt::format("the classes name '{}' twice, and folders are matched by name", twice));
  if (unknown.empty()) return classes;
  if (unknown.size() < folders.size())
    throw Error(Place((fs::path(root) / unknown[0]).string()),
                fmt::format("'{}' is not among the classes{}", unknown[0], did_you_mean(unknown[0], given)))
        .note("classes: " + join(given));
  if (folders.size() != given.size())
    throw Error(Place(root), fmt::format("{} folders for {} classes", folders.size(), given.size()))
        .note("folders: " + join(folders));
  std::iota(classes.labels.begin(), classes.labels.end(), 0);
  classes.notice = fmt::format("{}: the classes are new names for the folders, in alphabetical order: {} is '{}'{}",
                               root, folders[0], given[0], folders.size() > 1 ? " and so on" : "");
  return classes;
}

/// The number of the class that a line of a list names at its end, and the path before it.
struct ListedLabel {
  std::string_view path;
  int64_t label = -1;  // none
};

ListedLabel label_in(std::string_view line, const std::map<std::string, int64_t, std::less<>>& classes) {
  constexpr std::string_view kBlank = " \t";
  const size_t last = line.find_last_of(kBlank);
  if (last == std::string_view::npos) return {};
  const std::string_view number = line.substr(last + 1);
  int32_t value = -1;
  const auto [stop, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failure == std::errc() && stop == number.data() + number.size() && value >= 0)
    return {trim(line.substr(0, last)), value};
  // A name may have blanks: the longest one counts.
  for (size_t at = classes.empty() ? std::string_view::npos : line.find_first_of(kBlank); at != std::string_view::npos;
       at = line.find_first_of(kBlank, at + 1))
    if (const auto named = classes.find(trim(line.substr(at))); named != classes.end())
      return {trim(line.substr(0, at)), named->second};
  return {};
}

/// Without another sample in place of an empty one where data are tested.
DatasetOptions common_of(const CustomDataset::Options& options) {
  DatasetOptions common = options.common;
  if (options.test_mode) common.max_refetch = std::nullopt;
  return common;
}

State folder_meta(const std::vector<std::string>& classes) {
  return classes.empty() ? State() : meta_of_classes(classes);
}

const std::string& image_prefix(const CustomDataset::Options& options) {
  const auto* plain = std::get_if<std::string>(&options.data_prefix);
  return plain ? *plain : std::get<CustomDataset::Prefix>(options.data_prefix).img_path;
}

}  // namespace

void ImageList::add(std::string_view path, int64_t label) {
  text_ += path;
  ends_.push_back(text_.size());
  labels_.push_back(static_cast<int32_t>(label));
}

std::string_view ImageList::path(int64_t index) const {
  const auto i = static_cast<size_t>(index);
  const size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

void ImageList::pick(const std::vector<int64_t>& indices) {
  ImageList picked;
  for (const int64_t index : indices) picked.add(path(index), label(index));
  *this = std::move(picked);
}

void ImageList::relabel(const std::vector<int64_t>& places) {
  for (int32_t& label : labels_) label = static_cast<int32_t>(places[static_cast<size_t>(label)]);
}

void CustomDataset::check(const Options& options, Complaints& complaints) {
  if (options.data_root.empty() && image_prefix(options).empty() && options.ann_file.empty())
    complaints.add("a dataset of images needs data_root, data_prefix or ann_file").help("data_root='FOLDER'");
  check_encoding(options.encoding, complaints);
}

CustomDataset::Found CustomDataset::find(const Options& options) {
  const std::string& prefix = image_prefix(options);
  const fs::path root = options.data_root;
  Found found = options.ann_file.empty() ? Found{} : listed(options, (root / options.ann_file).string());
  found.classes = class_names(options);
  found.folder = prefix.empty() ? root.string() : (root / prefix).string();
  if (found.folder.empty()) found.folder = ".";
  if (!options.ann_file.empty()) return found;

  check_is_folder(found.folder);
  if (options.with_label) {
    find_classes(options, found);
  } else {
    const io::FoundImages images = io::images_below(found.folder, "", options.extensions);
    for (const std::string& path : images.paths) found.images.add(path, 0);
    if (const std::string skipped = images.skipped.text(); !skipped.empty())
      found.notices.push_back(found.folder + ": " + skipped);
  }
  if (found.images.size() == 0)
    throw Error(Place(found.folder),
                options.with_label ? "it holds no folders, which would be the classes" : "it holds no images")
        .note("endings of images: " + join(options.extensions))
        .help(options.with_label ? "with_label=False for images of no class, ann_file='LIST' for a list"
                                 : "extensions=['.ppm'] for images that end so");
  return found;
}

void CustomDataset::find_classes(const Options& options, Found& found) {
  io::SkippedFiles skipped;
  const std::vector<std::string> folders = io::image_folders_in(found.folder, skipped);
  if (folders.empty()) return;
  FolderClasses classes = classes_of_folders(found.folder, folders, found.classes);
  for (size_t i = 0; i < folders.size(); ++i) {
    const std::string folder = (fs::path(found.folder) / folders[i]).string();
    const io::FoundImages images = io::images_below(folder, folders[i], options.extensions);
    skipped.add(images.skipped);
    if (images.paths.empty()) {
      Error error(Place(folder), "a class without images");
      if (const std::string text = images.skipped.text(); !text.empty()) error.note(text);
      throw std::move(error)
          .note("endings of images: " + join(options.extensions))
          .note("remove the folder, or name more endings in extensions=[…]");
    }
    for (const std::string& path : images.paths) found.images.add(path, classes.labels[i]);
  }
  found.classes = std::move(classes.names);
  if (!classes.notice.empty()) found.notices.push_back(std::move(classes.notice));
  if (const std::string text = skipped.text(); !text.empty()) found.notices.push_back(found.folder + ": " + text);
}

CustomDataset::Found CustomDataset::listed(const Options& options, const std::string& ann_file) {
  Found found;
  std::map<std::string, int64_t, std::less<>> by_name;
  const std::vector<std::string> classes = class_names(options);
  for (size_t i = 0; i < classes.size(); ++i) by_name.emplace(classes[i], static_cast<int64_t>(i));
  const auto file = std::make_shared<const std::string>(ann_file);
  io::for_each_line(io::read_text(ann_file, encoding_of(options.encoding)), [&](std::string_view line, int number) {
    if (!options.with_label) return found.images.add(line, 0);
    const auto [path, label] = label_in(line, by_name);
    if (label >= 0) return found.images.add(path, label);
    Error error(Place(file, number, 0), fmt::format("a line is \"path label\", got \"{}\"", line));
    if (by_name.empty()) throw std::move(error).help("with_label=False for a list of paths alone");
    throw std::move(error).note("a label is a number or one of: " + join(classes));
  });
  if (found.images.size() == 0) throw Error(Place(ann_file), "it lists no images");
  return found;
}

CustomDataset::CustomDataset(const Options& options) : CustomDataset(options, find(checked<CustomDataset>(options))) {}

CustomDataset::CustomDataset(const Options& options, Found found)
    : Dataset(common_of(options), folder_meta(found.classes)),
      folder_(std::move(found.folder)),
      images_(std::move(found.images)),
      with_label_(options.with_label),
      loading_(loading_in(options.common.pipeline)) {
  for (std::string& notice : found.notices) add_notice(std::move(notice));
  const State* classes = meta().find("classes");
  if (with_label_ && classes && classes->is_sequence()) {
    const auto count = static_cast<int64_t>(classes->items().size());
    for (int64_t i = 0; i < images_.size(); ++i)
      if (images_.label(i) >= count)
        throw Error(
            Place((fs::path(options.data_root) / options.ann_file).string()),
            fmt::format("'{}' has the label {}, and there are {} classes", images_.path(i), images_.label(i), count));
  }
  if (options.common.indices) images_.pick(picked_indices(*options.common.indices, images_.size()));
}

std::optional<ImageSize> CustomDataset::size_of(int64_t index) const {
  return sizes_.of(index, size(), [&] {
    try {
      return read_image_size(path(index), loading_ ? loading_->reading() : ImageReading());
    } catch (const Error& error) {
      if (loading_ && loading_->leaves_out_empty()) throw EmptySample(error);
      throw;
    }
  });
}

std::optional<std::vector<int64_t>> CustomDataset::class_ids(int64_t index) const {
  if (!with_label_) return std::nullopt;
  return {{images_.label(index)}};
}

std::string CustomDataset::path(int64_t index) const {
  const std::string_view path = images_.path(index);
  return path.starts_with('/') ? std::string(path) : folder_ + "/" + std::string(path);
}

Sample CustomDataset::get(int64_t index) const {
  Sample sample;
  sample.set(keys::img_path, path(index));
  if (with_label_) sample.set(keys::gt_label, images_.label(index));
  sample.set(keys::sample_idx, index);
  return sample;
}

bool CustomDataset::follow(const State& reference) {
  const std::vector<std::string> classes = names_in(reference, "classes");
  if (with_label_) images_.relabel(places_in(classes, names_in(meta(), "classes")));
  set_meta(with_classes(meta(), classes));
  return true;
}

namespace {

CustomDataset::Options files_of(const ImageNet::Options& options) {
  CustomDataset::Options files = options.files;
  if (!options.split) return files;
  const std::string& split = enum_name(*options.split);
  const auto* plain = std::get_if<std::string>(&files.data_prefix);
  if (plain && plain->empty()) files.data_prefix = split;
  if (*options.split == ImageNet::Split::test) files.with_label = false;
  const std::string list = "meta/" + split + ".txt";
  if (files.ann_file.empty() && io::file_exists((fs::path(files.data_root) / list).string())) files.ann_file = list;
  return files;
}

}  // namespace

void ImageNet::check(const Options& options, Complaints& complaints) {
  if (options.split) check_encoding(options.files.encoding, complaints);  // and the split is the folder
  else CustomDataset::check(options.files, complaints);
}

ImageNet::ImageNet(const Options& options) : CustomDataset(files_of(options)) {}

MILLRACE_REGISTER(Dataset, CustomDataset);
MILLRACE_REGISTER(Dataset, ImageNet);

}  // namespace millrace::classification
