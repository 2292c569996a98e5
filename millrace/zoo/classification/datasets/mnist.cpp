#include "millrace/zoo/classification/datasets/mnist.h"

#include <fmt/format.h>

#include <filesystem>

#include "millrace/data/followed_names.h"
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
  throw Error(Place(shown), fmt::format("neither {0} nor {0}.gz is in it or in its folder raw", name)).help(help);
}

}  // namespace

MNIST::MNIST(Options options)
    : MNIST(std::move(options), kDigits,
            "data_root='FOLDER' with MNIST's four IDX files, as torchvision keeps them, too") {}

MNIST::MNIST(Options options, const std::vector<std::string>& classes, const std::string& help)
    : Dataset(options.common, meta_of_classes(options.classes.value_or(classes))) {
  fs::path folder = options.data_root;
  if (!options.data_prefix.empty()) folder /= options.data_prefix;
  const std::string part = options.wants_test() ? "t10k" : "train";
  const std::string image_file = find_idx_file(folder, part + "-images-idx3-ubyte", help).string();
  const std::string label_file = find_idx_file(folder, part + "-labels-idx1-ubyte", help).string();
  const at::Tensor images = read_idx(image_file);
  if (images.dim() != 3 || images.scalar_type() != at::kByte)
    throw Error(Place(image_file), "images must be an array (N, H, W) of uint8");
  const at::Tensor labels = read_idx(label_file);
  if (labels.dim() != 1 || labels.scalar_type() != at::kByte)
    throw Error(Place(label_file), "labels must be an array (N) of uint8");
  const auto* const first = labels.const_data_ptr<uint8_t>();
  images_ = LabelledImages(images.unsqueeze(3), {first, first + labels.numel()},
                           static_cast<int64_t>(meta().at("classes").items().size()), Place(label_file));
  images_.pick(options.common.indices);
}

bool MNIST::follow(const State& reference) {
  const std::vector<std::string> classes = names_in(reference, "classes");
  images_.relabel(places_in(classes, names_in(meta(), "classes")));
  set_meta(with_classes(meta(), classes));
  return true;
}

FashionMNIST::FashionMNIST(Options options)
    : MNIST(std::move(options), kClothes,
            "apt-get install dataset-fashion-mnist, and data_root='/usr/share/datasets/fashion-mnist'") {}

MILLRACE_REGISTER(Dataset, MNIST);
MILLRACE_REGISTER(Dataset, FashionMNIST);

}  // namespace millrace::classification
