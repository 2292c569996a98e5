// Lays out a JPEG copy of CIFAR-10 as the "python version" of the data set is laid out, which mmpretrain and Millrace
// read; no Python is needed. tools/make_cifar10 builds this and runs it.
//
//     build/bin/make_cifar10 DATA_DIR OUT_DIR [--binary]
//
// DATA_DIR holds cifar10_train_jpeg.tar.gz and cifar10_test_jpeg.tar.gz, with a file <split>/<class>/NNNN.jpg for each
// image. Record n of batch k of training is image (k - 1) * 1000 + n / 10 of class n % 10, and so for the test.
// Written is OUT_DIR/cifar-10-batches-py; with --binary OUT_DIR/cifar-10-batches-bin as well.

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/data/imaging.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/io/gzip.h"

namespace millrace {
namespace {

using std::string_literals::operator""s;

constexpr int kClasses = 10, kBatches = 5, kImagesOfBatch = 10000, kSide = 32, kPlane = kSide * kSide;
constexpr const char* kNames[kClasses] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                          "dog",      "frog",       "horse", "ship", "truck"};

/// The regular files of a tar archive (POSIX ustar), by name.
class Tar {
 public:
  explicit Tar(const std::string& path) : path_(path), content_(io::read_maybe_gzip(path)) {
    constexpr size_t kBlock = 512;
    for (size_t at = 0; at + kBlock <= content_.size() && content_[at] != '\0';) {
      const std::string_view header(content_.data() + at, kBlock);
      const std::string name(header.data(), strnlen(header.data(), 100));
      size_t size = 0;
      for (const char digit : header.substr(124, 11)) {
        if (digit < '0' || digit > '7') throw Error(Place(path), "no tar archive: a size that is no number");
        size = size * 8 + static_cast<size_t>(digit - '0');
      }
      at += kBlock;
      if (size > content_.size() - at) throw Error(Place(path), "truncated in " + name);
      if (header[156] == '0' || header[156] == '\0') files_[name] = {content_.data() + at, size};
      at += (size + kBlock - 1) / kBlock * kBlock;
      if (at > content_.size()) break;
    }
  }
  std::string_view file(const std::string& name) const {
    const auto it = files_.find(name);
    if (it == files_.end()) throw Error(Place(path_), "it holds no " + name);
    return it->second;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_, content_;
  std::map<std::string, std::string_view> files_;
};

std::string image_name(int record, int batch) {
  return fmt::format("{}/{:04}.jpg", kNames[record % kClasses], batch * kImagesOfBatch / kClasses + record / kClasses);
}

/// The planes of red, green and blue of 10000 images.
std::string planes_of(const Tar& tar, const std::string& split, int batch) {
  std::string planes;
  planes.reserve(size_t{3} * kPlane * kImagesOfBatch);
  for (int record = 0; record < kImagesOfBatch; ++record) {
    const std::string name = split + "/" + image_name(record, batch);
    const std::string path = tar.path() + ":" + name;
    const at::Tensor image = imaging().decode(tar.file(name), path, {.order = ImageReading::Order::rgb});
    if (image.size(0) != kSide || image.size(1) != kSide) throw Error(Place(path), "no image of 32x32");
    const char* const pixels = reinterpret_cast<const char*>(image.const_data_ptr<uint8_t>());
    for (int channel = 0; channel < 3; ++channel)
      for (int i = 0; i < kPlane; ++i) planes += pixels[3 * i + channel];
  }
  return planes;
}

/// A pickle in the way of Python 2 (protocol 2), as the original files are.
class Pickle {
 public:
  Pickle() { text_ = "\x80\x02}("s; }  // a dict that is filled
  void key(const std::string& name) { string(name); }
  void string(const std::string& value) {
    MILLRACE_ASSERT(value.size() < 256, "a longer string");
    text_ += 'U';
    text_ += static_cast<char>(value.size());
    text_ += value;
  }
  void integer(int value) {
    text_ += 'M';
    text_ += static_cast<char>(value & 0xFF);
    text_ += static_cast<char>(value >> 8);
  }
  template <class Add>
  void list(int count, const Add& add) {
    text_ += "](";
    for (int i = 0; i < count; ++i) add(i);
    text_ += 'e';
  }
  /// An array of NumPy, (rows, columns) uint8.
  void array(int rows, int columns, const std::string& bytes) {
    text_ +=
        "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01"
        "b\x87R(K\x01"s;
    integer(rows);
    integer(columns);
    text_ +=
        "\x86"
        "cnumpy\ndtype\nU\x02u1K\0K\x01\x87R(K\x03U\x01|NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\0tb\x89T"s;
    for (int shift = 0; shift < 32; shift += 8) text_ += static_cast<char>(bytes.size() >> shift & 0xFF);
    text_ += bytes;
    text_ += "tb";
  }
  std::string finish() { return text_ + "u."; }

 private:
  std::string text_;
};

std::string batch_pickle(const std::string& label, int batch, const std::string& planes) {
  Pickle pickle;
  pickle.key("batch_label");
  pickle.string(label);
  pickle.key("labels");
  pickle.list(kImagesOfBatch, [&](int record) { pickle.integer(record % kClasses); });
  pickle.key("data");
  pickle.array(kImagesOfBatch, 3 * kPlane, planes);
  pickle.key("filenames");
  pickle.list(kImagesOfBatch, [&](int record) { pickle.string(image_name(record, batch)); });
  return pickle.finish();
}

std::string meta_pickle() {
  Pickle pickle;
  pickle.key("num_cases_per_batch");
  pickle.integer(kImagesOfBatch);
  pickle.key("label_names");
  pickle.list(kClasses, [&](int i) { pickle.string(kNames[i]); });
  pickle.key("num_vis");
  pickle.integer(3 * kPlane);
  return pickle.finish();
}

std::string records_of(const std::string& planes) {
  std::string records;
  for (size_t i = 0; i < kImagesOfBatch; ++i) {
    records += static_cast<char>(i % kClasses);
    records.append(planes, i * 3 * kPlane, size_t{3} * kPlane);
  }
  return records;
}

void make_cifar10(const std::string& data, const std::string& out, bool with_binary) {
  const std::string python = out + "/cifar-10-batches-py", binary = out + "/cifar-10-batches-bin";
  io::make_folders(python);
  if (with_binary) io::make_folders(binary);
  const auto write = [&](const Tar& tar, const std::string& split, int batch, const std::string& file,
                         const std::string& label) {
    const std::string planes = planes_of(tar, split, batch);
    io::write_atomically(python + "/" + file, batch_pickle(label, batch, planes));
    if (with_binary) io::write_atomically(binary + "/" + file + ".bin", records_of(planes));
  };
  {
    const Tar tar(data + "/cifar10_train_jpeg.tar.gz");
    for (int batch = 0; batch < kBatches; ++batch)
      write(tar, "train", batch, fmt::format("data_batch_{}", batch + 1),
            fmt::format("training batch {} of {}", batch + 1, kBatches));
  }
  write(Tar(data + "/cifar10_test_jpeg.tar.gz"), "test", 0, "test_batch", "testing batch 1 of 1");
  io::write_atomically(python + "/batches.meta", meta_pickle());
  std::string names;
  for (const char* name : kNames) names += name + "\n"s;
  if (with_binary) io::write_atomically(binary + "/batches.meta.txt", names + "\n");
  fmt::print("wrote {}\n", python);
  if (with_binary) fmt::print("wrote {}\n", binary);
}

int run(const std::vector<std::string>& arguments) {
  const bool with_binary = arguments.size() == 3 && arguments[2] == "--binary";
  if (arguments.size() != 2 && !with_binary) {
    fmt::print(stderr, "usage: make_cifar10 DATA_DIR OUT_DIR [--binary]\n");
    return 2;
  }
  try {
    make_cifar10(arguments[0], arguments[1], with_binary);
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "make_cifar10: {}\n", error.what());
    return 2;
  }
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) { return millrace::run({argv + 1, argv + argc}); }
