#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/image_sizes.h"
#include "millrace/data/imaging.h"
#include "millrace/data/text_encoding.h"
#include "millrace/io/image_files.h"

namespace millrace {
class LoadImageFromFile;
}

namespace millrace::classification {

/// Image files with a label each: paths below one folder, behind each other in one text.
class ImageList {
 public:
  void add(std::string_view path, int64_t label);
  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  std::string_view path(int64_t index) const;
  int64_t label(int64_t index) const { return labels_[static_cast<size_t>(index)]; }
  void pick(const std::vector<int64_t>& indices);
  /// The label k becomes places[k].
  void relabel(const std::vector<int64_t>& places);

 private:
  std::string text_;
  std::vector<size_t> ends_;
  std::vector<int32_t> labels_;
};

/// Your own images: a folder for each class, or a list of paths and labels.
///
///     dict(type='CustomDataset', data_root='data/shop/train', pipeline=[dict(type='LoadImageFromFile'), …])
///     dict(type='CustomDataset', data_root='data/shop', ann_file='train.txt', data_prefix='images', pipeline=[…])
///
/// Without `ann_file` every folder in `data_root`/`data_prefix` is a class, in alphabetical order, and each image below
/// it (io::images_below), however deep, a sample. With it, a line of that file is "path label", or a path alone if
/// with_label=False; an absolute path is itself. Only names are kept; LoadImageFromFile reads the images.
///
/// With `classes`, folders are known by their names; if `classes` names none of them, they are new names for the folders
/// in alphabetical order, as in mmpretrain. The label in a list is a number, or a name of `classes`.
///
/// Gives   img_path    path of the file
///         gt_label    int, from 0 on; not if with_label=False
///         sample_idx  int
/// Throws  Error for a missing folder, a class without images, a line that can't be read (with its number), a label or
///         folder that is not a class
class CustomDataset : public Dataset {
 public:
  struct Prefix {
    std::string img_path{};
    template <class Fields>
    static void describe(Fields& f) {
      f("img_path", &Prefix::img_path, "folder of the images");
    }
  };
  struct Options {
    std::string data_root{};
    std::variant<std::string, Prefix> data_prefix = std::string();
    std::string ann_file{};
    bool with_label = true;
    std::vector<std::string> extensions = io::image_endings();
    std::optional<std::variant<std::vector<std::string>, std::string>> classes;
    std::string encoding = "utf-8";
    bool test_mode = false;
    DatasetOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("data_root", &Options::data_root, "folder of the data");
      f("data_prefix", &Options::data_prefix, "folder of the images, below data_root");
      f("ann_file", &Options::ann_file, "list of images and labels, below data_root; none: folders are classes");
      f("with_label", &Options::with_label, "false: images without labels");
      f("extensions", &Options::extensions, "endings of image files, in either case").not_empty();
      f("classes", &Options::classes, "names of the classes in the order of their labels, or a file with one per line");
      f("encoding", &Options::encoding, kEncodingText);
      f("test_mode", &Options::test_mode, "an empty sample is an error; false: max_refetch holds");
      f.flatten(&Options::common);
      f.ignore("filter_cfg", "nothing is left out");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit CustomDataset(const Options& options);

  int64_t size() const override { return images_.size(); }
  Sample get(int64_t index) const override;
  /// From the header of the file, which is read once; as LoadImageFromFile of the pipeline turns it.
  std::optional<ImageSize> size_of(int64_t index) const override;
  std::optional<std::vector<int64_t>> class_ids(int64_t index) const override;
  bool follow(const State& reference) override;

 private:
  struct Found {
    std::string folder;
    ImageList images;
    std::vector<std::string> classes, notices;
  };
  static Found find(const Options& options);
  static Found listed(const Options& options, const std::string& ann_file);
  static void find_classes(const Options& options, Found& found);
  CustomDataset(const Options& options, Found found);
  std::string path(int64_t index) const;

  std::string folder_;
  ImageList images_;
  bool with_label_;
  std::shared_ptr<const LoadImageFromFile> loading_;  // null: read as that does by default
  ImageSizes sizes_;
};

/// ImageNet (Russakovsky et al. 2015) as it is usually laid out: train/<class>/… and val/<class>/…, or lists in meta/.
///
///     dict(type='ImageNet', data_root='data/imagenet', split='train', pipeline=[…])
///
/// `split` is the folder of the images where data_prefix names none; meta/<split>.txt is its list, if there is such a
/// file. Otherwise a CustomDataset: class names are those of the folders.
class ImageNet final : public CustomDataset {
 public:
  enum class Split { train, val, test };
  struct Options {
    std::optional<Split> split;
    CustomDataset::Options files{};

    template <class Fields>
    static void describe(Fields& f) {
      f("split", &Options::split, "which part of the data; test has no labels");
      f.flatten(&Options::files);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit ImageNet(const Options& options);
};

}  // namespace millrace::classification
