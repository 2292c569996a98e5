#include "millrace/vis/event_file.h"

#include <array>
#include <bit>
#include <cstring>

#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"

namespace millrace::events {
namespace {

constexpr int kRgb = 3;         // tensorboard's Summary.Image.colorspace
constexpr int kStringType = 7;  // DataType.DT_STRING

std::array<uint32_t, 256> crc32c_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t rest = i;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0x82f63b78U : 0);
    table[i] = rest;
  }
  return table;
}

template <class T>
void add_little_endian(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

/// A message of protocol buffers under construction.
class Message {
 public:
  Message& number(int field, uint64_t value) {
    key(field, 0);
    varint(value);
    return *this;
  }
  Message& float64(int field, double value) {
    key(field, 1);
    add_little_endian(bytes_, value);
    return *this;
  }
  Message& float32(int field, float value) {
    key(field, 5);
    add_little_endian(bytes_, value);
    return *this;
  }
  Message& bytes(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return bytes(field, value.bytes_); }
  const std::string& str() const { return bytes_; }

 private:
  void key(int field, unsigned wire) { varint(static_cast<uint64_t>(field) << 3 | wire); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

uint32_t masked(uint32_t checksum) { return (checksum >> 15 | checksum << 17) + 0xa282ead8U; }

std::string record_of(const Message& event) {
  const std::string& data = event.str();
  std::string record;
  add_little_endian(record, static_cast<uint64_t>(data.size()));
  add_little_endian(record, masked(crc32c(record)));
  record += data;
  add_little_endian(record, masked(crc32c(data)));
  return record;
}

std::string record_of(const Moment& moment, const Message& value) {
  Message event;
  event.float64(1, moment.wall_time).number(2, static_cast<uint64_t>(moment.step));
  event.message(5, Message().message(1, value));
  return record_of(event);
}

}  // namespace

uint32_t crc32c(std::string_view data) {
  static const std::array<uint32_t, 256> table = crc32c_table();
  uint32_t rest = 0xffffffffU;
  for (const char byte : data) rest = rest >> 8 ^ table[(rest ^ static_cast<unsigned char>(byte)) & 0xff];
  return rest ^ 0xffffffffU;
}

std::string version_record(double wall_time) {
  return record_of(Message().float64(1, wall_time).bytes(3, "brain.Event:2"));
}

std::string scalar_record(const Moment& moment, std::string_view tag, float value) {
  return record_of(moment, Message().bytes(1, tag).float32(2, value));
}

std::string image_record(const Moment& moment, std::string_view tag, const RgbImage& image) {
  Message picture;
  picture.number(1, static_cast<uint64_t>(image.height())).number(2, static_cast<uint64_t>(image.width()));
  picture.number(3, kRgb).bytes(4, encode_png(image));
  return record_of(moment, Message().bytes(1, tag).message(4, picture));
}

std::string text_record(const Moment& moment, std::string_view tag, std::string_view text) {
  Message tensor;  // of the shape (1)
  tensor.number(1, kStringType).message(2, Message().message(2, Message().number(1, 1))).bytes(8, text);
  const Message plugin = Message().message(1, Message().bytes(1, "text"));
  return record_of(moment, Message().bytes(1, tag).message(8, tensor).message(9, plugin));
}

}  // namespace millrace::events
