#include "tests/support/small_images.h"

#include <cstdint>
#include <fstream>
#include <random>
#include <string>

namespace millrace {

namespace {

void put_big_endian(std::ofstream& file, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(value >> shift));
}

void write_split(const std::filesystem::path& folder, const std::string& prefix, int count, uint32_t seed) {
  std::mt19937 random(seed);
  std::ofstream images(folder / (prefix + "-images-idx3-ubyte"), std::ios::binary);
  std::ofstream labels(folder / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
  put_big_endian(images, 0x00000803);
  for (int value : {count, 28, 28}) put_big_endian(images, static_cast<uint32_t>(value));
  put_big_endian(labels, 0x00000801);
  put_big_endian(labels, static_cast<uint32_t>(count));
  for (int i = 0; i < count; ++i) {
    const int label = i % 10;
    labels.put(static_cast<char>(label));
    // A bright bar whose height tells the class, in noise.
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 28; ++x)
        images.put(static_cast<char>((y / 2 - 2 == label ? 180 : 20) + static_cast<int>(random() % 60)));
  }
}

}  // namespace

void write_small_images(const std::filesystem::path& folder, int train_count, int test_count) {
  std::filesystem::create_directories(folder);
  write_split(folder, "train", train_count, 1);
  write_split(folder, "t10k", test_count, 2);
}

}  // namespace millrace
