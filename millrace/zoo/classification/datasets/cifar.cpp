#include "millrace/zoo/classification/datasets/cifar.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <filesystem>
#include <span>

#include "millrace/base/text.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/data/followed_names.h"
#include "millrace/io/file.h"

namespace millrace::classification {

/// The files of a dataset of CIFAR.
struct CIFARFiles {
  std::string name;
  std::string python_folder, binary_folder;
  std::vector<std::string> python_train, python_test, binary_train, binary_test;
  std::string label_key;  // of the pickles
  int64_t binary_labels;  // bytes before an image in the binary files; the last one counts
  std::vector<std::string> classes;
};

namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 32;
constexpr int64_t kPlaneBytes = kSide * kSide;
constexpr int64_t kImageBytes = 3 * kPlaneBytes;

const CIFARFiles& cifar10_files() {
  static const CIFARFiles files{
      "CIFAR-10",
      "cifar-10-batches-py",
      "cifar-10-batches-bin",
      {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
      {"test_batch"},
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      {"test_batch.bin"},
      "labels",
      1,
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  return files;
}

const CIFARFiles& cifar100_files() {
  static const CIFARFiles files{
      "CIFAR-100",
      "cifar-100-python",
      "cifar-100-binary",
      {"train"},
      {"test"},
      {"train.bin"},
      {"test.bin"},
      "fine_labels",
      2,
      split(
          "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can "
          "castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur "
          "dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion "
          "lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree "
          "pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea "
          "seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table "
          "tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman "
          "worm",
          ' ')};
  return files;
}

/// The three planes of an image, one after the other, become pixels.
void interleave(const uint8_t* planes, uint8_t* pixels) {
  for (int64_t i = 0; i < kPlaneBytes; ++i, pixels += 3) {
    pixels[0] = planes[i];
    pixels[1] = planes[i + kPlaneBytes];
    pixels[2] = planes[i + 2 * kPlaneBytes];
  }
}

/// Images and labels as file after file adds to them, in memory that was made for all of them.
struct Gathered {
  at::Tensor images;  // (capacity, 32, 32, 3)
  std::vector<uint8_t> labels;

  explicit Gathered(int64_t capacity) : images(at::empty({capacity, kSide, kSide, 3}, at::kByte)) {}
  void add(const uint8_t* planes, uint8_t label) {
    interleave(planes, images.mutable_data_ptr<uint8_t>() + static_cast<int64_t>(labels.size()) * kImageBytes);
    labels.push_back(label);
  }
};

/// The value of a text key; Python 2 wrote keys as text, Python 3 writes them as bytes where it is told to.
const State* find_cifar_key(const State& dict, const std::string& key) {
  if (!dict.is_dict()) return nullptr;
  for (const State::Item& item : dict.entries())
    if ((item.key.is_string() && item.key.string() == key) ||
        (item.key.kind() == State::Kind::bytes && item.key.bytes() == key))
      return &item.value;
  return nullptr;
}

void read_cifar_pickle(const std::string& path, const std::string& label_key, Gathered& out) {
  const Place place(path);
  const State content = read_pickle_file(path);
  const State* data = find_cifar_key(content, "data");
  const State* labels = find_cifar_key(content, label_key);
  if (!data || !labels)
    throw Error(place, fmt::format("not a file of CIFAR: a dict with 'data' and '{}' is missing", label_key));
  if (!data->is_tensor() || data->tensor().scalar_type() != at::kByte || data->tensor().dim() != 2 ||
      data->tensor().size(1) != kImageBytes)
    throw Error(place, fmt::format("its 'data' is not an array (N, {}) of uint8", kImageBytes));
  const int64_t count = data->tensor().size(0);
  if (!labels->is_sequence() || static_cast<int64_t>(labels->items().size()) != count)
    throw Error(place, fmt::format("its '{}' is not a list of {} numbers", label_key, count));
  MILLRACE_ASSERT(static_cast<int64_t>(out.labels.size()) + count <= out.images.size(0),
                  "a file holds fewer images than it has room for");
  const auto* planes = data->tensor().const_data_ptr<uint8_t>();
  for (const State& label : labels->items()) {
    if (!label.is_integer() || label.integer() < 0 || label.integer() > UINT8_MAX)
      throw Error(place, "a label that is not the number of a class");
    out.add(planes, static_cast<uint8_t>(label.integer()));
    planes += kImageBytes;
  }
}

void read_cifar_records(const std::string& path, int64_t label_bytes, Gathered& out) {
  const std::string content = io::read_file(path);
  const int64_t record_bytes = label_bytes + kImageBytes;
  if (content.empty() || static_cast<int64_t>(content.size()) % record_bytes != 0)
    throw Error(Place(path),
                fmt::format("{} bytes are not a whole number of images of {}", content.size(), record_bytes));
  const auto* record = reinterpret_cast<const uint8_t*>(content.data());
  for (const auto* const end = record + content.size(); record != end; record += record_bytes)
    out.add(record + label_bytes, record[label_bytes - 1]);
}

struct CIFARPart {
  fs::path folder;
  std::span<const std::string> files;
  bool is_python = true;
};

CIFARPart find_cifar_part(const fs::path& root, const CIFARFiles& layout, bool is_test) {
  const auto& python = is_test ? layout.python_test : layout.python_train;
  const auto& binary = is_test ? layout.binary_test : layout.binary_train;
  for (const fs::path& folder : {root / layout.python_folder, root})
    if (fs::is_regular_file(folder / python.front())) return {folder, python, true};
  for (const fs::path& folder : {root / layout.binary_folder, root})
    if (fs::is_regular_file(folder / binary.front())) return {folder, binary, false};
  const std::string shown = root.empty() ? "." : root.string();
  const std::string help = fmt::format("data_root='FOLDER' with the {} of {}", layout.python_folder, layout.name);
  if (!fs::is_directory(shown)) throw Error(Place(shown), "no such folder, and so no " + layout.name).help(help);
  throw Error(Place(shown), fmt::format("neither {}/{} nor {}/{} is in it", layout.python_folder, python.front(),
                                        layout.binary_folder, binary.front()))
      .help(help);
}

}  // namespace

CIFAR10::CIFAR10(Options options) : CIFAR10(options, cifar10_files()) {}

CIFAR10::CIFAR10(const Options& options, const CIFARFiles& layout)
    : Dataset(options.common, meta_of_classes(options.classes.value_or(layout.classes))) {
  fs::path root = options.data_root;
  if (!options.data_prefix.empty()) root /= options.data_prefix;
  const CIFARPart part = find_cifar_part(root, layout, options.wants_test());
  int64_t size_bytes = 0;
  for (const std::string& file : part.files) size_bytes += io::open_file((part.folder / file).string())->size_bytes();
  Gathered gathered(size_bytes / kImageBytes);  // memory that is never written costs nothing
  for (const std::string& file : part.files) {
    const std::string path = (part.folder / file).string();
    if (part.is_python) read_cifar_pickle(path, layout.label_key, gathered);
    else read_cifar_records(path, layout.binary_labels, gathered);
  }
  const auto count = static_cast<int64_t>(gathered.labels.size());
  images_ = LabelledImages(gathered.images.narrow(0, 0, count), std::move(gathered.labels),
                           static_cast<int64_t>(meta().at("classes").items().size()), Place(part.folder.string()));
  images_.pick(options.common.indices);
}

bool CIFAR10::follow(const State& reference) {
  const std::vector<std::string> classes = names_in(reference, "classes");
  images_.relabel(places_in(classes, names_in(meta(), "classes")));
  set_meta(with_classes(meta(), classes));
  return true;
}

CIFAR100::CIFAR100(Options options) : CIFAR10(options, cifar100_files()) {}

MILLRACE_REGISTER(Dataset, CIFAR10);
MILLRACE_REGISTER(Dataset, CIFAR100);

}  // namespace millrace::classification
