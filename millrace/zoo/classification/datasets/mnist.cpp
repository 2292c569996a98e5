#include "millrace/zoo/classification/datasets/mnist.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "millrace/data/idx_file.h"

namespace millrace::classification {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kDigits = {"0 - zero", "1 - one", "2 - two",   "3 - three", "4 - four",
                                          "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine"};
const std::vector<std::string> kClothes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                           "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

fs::path find_idx_file(const fs::path& folder, const std::string& name, const std::string& help) {
  for (const fs::path& place : {folder, folder / "raw"})
    for (const char* ending : {"", ".gz"})
      if (fs::path path = place / (name + ending); fs::is_regular_file(path)) return path;
  const std::string shown = folder.empty() ? "." : folder.string();
  if (!fs::is_directory(shown)) throw Error(Place(shown), "no such folder, and so no " + name).help(help);
  throw Error(Place(shown), fmt::format("neither {0} nor {0}.gz lies in it or in its folder raw", name)).help(help);
}

State meta_of(const MNIST::Options& options, const std::vector<std::string>& own_classes) {
  State classes = State::list();
  for (const std::string& name : options.classes.value_or(own_classes)) classes.push_back(name);
  return State::dict({{"classes", std::move(classes)}});
}

}  // namespace

MNIST::MNIST(Options options)
    : MNIST(std::move(options), kDigits,
            "data_root='FOLDER' with MNIST's four IDX files, as torchvision keeps them, too") {}

MNIST::MNIST(Options options, const std::vector<std::string>& classes, const std::string& help)
    : Dataset(options.common, meta_of(options, classes)) {
  fs::path folder = options.data_root;
  if (!options.data_prefix.empty()) folder /= options.data_prefix;
  const std::string part = options.test_mode || options.split == Split::test ? "t10k" : "train";
  const std::string image_file = find_idx_file(folder, part + "-images-idx3-ubyte", help).string();
  const std::string label_file = find_idx_file(folder, part + "-labels-idx1-ubyte", help).string();
  images_ = read_idx(image_file);
  if (images_.dim() != 3 || images_.scalar_type() != at::kByte)
    throw Error(Place(image_file), "images must be an array (N, H, W) of uint8");
  at::Tensor labels = read_idx(label_file);
  if (labels.dim() != 1 || labels.scalar_type() != at::kByte)
    throw Error(Place(label_file), "labels must be an array (N) of uint8");
  if (labels.size(0) != images_.size(0))
    throw Error(Place(label_file),
                fmt::format("{} labels for the {} images of {}", labels.size(0), images_.size(0), image_file));
  images_ = images_.unsqueeze(3);
  const auto* const first = labels.const_data_ptr<uint8_t>();
  labels_.assign(first, first + labels.numel());
  const auto class_count = static_cast<int64_t>(meta().at("classes").items().size());
  if (const auto largest = std::max_element(labels_.begin(), labels_.end());
      largest != labels_.end() && *largest >= class_count)
    throw Error(Place(label_file), fmt::format("the label {}, and there are {} classes", *largest, class_count));
  if (!options.common.indices) return;
  const std::vector<int64_t> picked = picked_indices(*options.common.indices, images_.size(0));
  at::Tensor images = images_.new_empty({static_cast<int64_t>(picked.size()), images_.size(1), images_.size(2), 1});
  std::vector<uint8_t> picked_labels;
  for (size_t i = 0; i < picked.size(); ++i) {
    images.select(0, static_cast<int64_t>(i)).copy_(images_.select(0, picked[i]));
    picked_labels.push_back(labels_[static_cast<size_t>(picked[i])]);
  }
  images_ = images;
  labels_ = std::move(picked_labels);
}

Sample MNIST::get(int64_t index) const {
  Sample sample;
  sample.set(keys::img, images_.select(0, index));
  sample.set(keys::gt_label, static_cast<int64_t>(labels_[static_cast<size_t>(index)]));
  sample.set(keys::sample_idx, index);
  return sample;
}

FashionMNIST::FashionMNIST(Options options)
    : MNIST(std::move(options), kClothes,
            "apt-get install dataset-fashion-mnist, and data_root='/usr/share/datasets/fashion-mnist'") {}

MILLRACE_REGISTER(Dataset, MNIST);
MILLRACE_REGISTER(Dataset, FashionMNIST);

}  // namespace millrace::classification
