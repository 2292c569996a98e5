#include "millrace/zoo/classification/datasets/custom_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "millrace/base/text.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/transforms/load_image_from_file.h"
#include "millrace/io/file.h"
#include "millrace/zoo/classification/datasets/labelled_images.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

namespace {

namespace fs = std::filesystem;

bool has_ending(const std::string& name, const std::vector<std::string>& endings) {
  const std::string lower = to_lower(name);
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return lower.ends_with(to_lower(ending)); });
}

/// The images in a folder and those below it, sorted by path; paths begin with `prefix`.
void find_images(const fs::path& folder, const std::string& prefix, const std::vector<std::string>& endings,
                 std::vector<std::string>& paths, int depth = 0) {
  constexpr int kDeepest = 64;  // links can make a ring of folders
  if (depth > kDeepest) throw Error(Place(folder.string()), fmt::format("folders within folders, {} deep", kDeepest));
  for (const io::FolderEntry& entry : io::list_folder(folder.string())) {
    if (entry.is_folder) find_images(folder / entry.name, prefix + entry.name + "/", endings, paths, depth + 1);
    else if (has_ending(entry.name, endings)) paths.push_back(prefix + entry.name);
  }
  if (depth == 0) std::sort(paths.begin(), paths.end());
}

std::vector<std::string> folders_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const io::FolderEntry& entry : io::list_folder(folder))
    if (entry.is_folder && !entry.name.starts_with('.')) names.push_back(entry.name);
  return names;
}

void check_is_folder(const std::string& folder) {
  if (!fs::exists(folder))
    throw Error(Place(folder), "no such folder").help("data_root='FOLDER', which holds the images");
  if (!fs::is_directory(folder)) throw Error(Place(folder), "this is a file, and a folder of images is needed");
}

std::vector<std::string> class_names(const CustomDataset::Options& options) {
  if (!options.classes) return {};
  if (const auto* names = std::get_if<0>(&*options.classes)) return *names;
  std::vector<std::string> names;
  io::for_each_line(io::read_text(std::get<1>(*options.classes), encoding_of(options.encoding)),
                    [&](std::string_view name, int) { names.emplace_back(name); });
  return names;
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

void CustomDataset::check(const Options& options, Complaints& complaints) {
  if (options.data_root.empty() && image_prefix(options).empty() && options.ann_file.empty())
    complaints.add("a dataset of images needs data_root, data_prefix or ann_file").help("data_root='FOLDER'");
  check_encoding(options.encoding, complaints);
}

CustomDataset::Found CustomDataset::find(const Options& options) {
  const std::string& prefix = image_prefix(options);
  const fs::path root = options.data_root;
  Found found = options.ann_file.empty() ? Found{} : listed(options, (root / options.ann_file).string());
  found.folder = prefix.empty() ? root.string() : (root / prefix).string();
  if (found.folder.empty()) found.folder = ".";
  if (!options.ann_file.empty()) return found;

  check_is_folder(found.folder);
  std::vector<std::string> paths;
  if (!options.with_label) {
    find_images(found.folder, "", options.extensions, paths);
    for (const std::string& path : paths) found.images.add(path, 0);
  } else {
    found.classes = folders_in(found.folder);
    for (size_t label = 0; label < found.classes.size(); ++label) {
      const std::string& name = found.classes[label];
      paths.clear();
      find_images(fs::path(found.folder) / name, name + "/", options.extensions, paths);
      if (paths.empty())
        throw Error(Place((fs::path(found.folder) / name).string()), "a class without images")
            .note("endings of images: " + join(options.extensions))
            .help("remove the folder, or name more endings in extensions=[…]");
      for (const std::string& path : paths) found.images.add(path, static_cast<int64_t>(label));
    }
  }
  if (found.images.size() == 0)
    throw Error(Place(found.folder),
                options.with_label ? "it holds no folders, which would be the classes" : "it holds no images")
        .note("endings of images: " + join(options.extensions))
        .help(options.with_label ? "with_label=False for images of no class, ann_file='LIST' for a list"
                                 : "extensions=[…]");
  return found;
}

CustomDataset::Found CustomDataset::listed(const Options& options, const std::string& ann_file) {
  Found found;
  const auto file = std::make_shared<const std::string>(ann_file);
  io::for_each_line(io::read_text(ann_file, encoding_of(options.encoding)), [&](std::string_view line, int number) {
    if (!options.with_label) return found.images.add(line, 0);
    const size_t space = line.find_last_of(" \t");
    const std::string_view label = space == std::string_view::npos ? "" : line.substr(space + 1);
    int32_t value = -1;
    const auto [stop, failure] = std::from_chars(label.data(), label.data() + label.size(), value);
    if (label.empty() || failure != std::errc() || stop != label.data() + label.size() || value < 0)
      throw Error(Place(file, number, 0), fmt::format("a line is \"path label\", got \"{}\"", line))
          .help("with_label=False for a list of paths alone");
    found.images.add(trim(line.substr(0, space)), value);
  });
  if (found.images.size() == 0) throw Error(Place(ann_file), "it lists no images");
  return found;
}

CustomDataset::CustomDataset(const Options& options) : CustomDataset(options, find(checked<CustomDataset>(options))) {}

CustomDataset::CustomDataset(const Options& options, Found found)
    : Dataset(options.common, folder_meta(options.classes ? class_names(options) : found.classes)),
      folder_(std::move(found.folder)),
      images_(std::move(found.images)),
      with_label_(options.with_label),
      reading_(image_reading(options.common.pipeline)) {
  const State* classes = meta().find("classes");
  if (with_label_ && classes && classes->is_sequence()) {
    const auto count = static_cast<int64_t>(classes->items().size());
    if (!found.classes.empty() && static_cast<int64_t>(found.classes.size()) != count)
      throw Error(Place(folder_), fmt::format("{} folders for {} classes", found.classes.size(), count))
          .note("folders: " + join(found.classes));
    for (int64_t i = 0; i < images_.size(); ++i)
      if (images_.label(i) >= count)
        throw Error(
            Place((fs::path(options.data_root) / options.ann_file).string()),
            fmt::format("'{}' has the label {}, and there are {} classes", images_.path(i), images_.label(i), count));
  }
  if (options.common.indices) images_.pick(picked_indices(*options.common.indices, images_.size()));
}

std::optional<ImageSize> CustomDataset::size_of(int64_t index) const {
  return sizes_.of(index, size(), [&] { return read_image_size(path(index), reading_); });
}

std::optional<std::vector<int64_t>> CustomDataset::class_ids(int64_t index) const {
  if (!with_label_) return std::nullopt;
  return {{images_.label(index)}};
}

Sample CustomDataset::get(int64_t index) const {
  Sample sample;
  sample.set(keys::img_path, path(index));
  if (with_label_) sample.set(keys::gt_label, images_.label(index));
  sample.set(keys::sample_idx, index);
  return sample;
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
