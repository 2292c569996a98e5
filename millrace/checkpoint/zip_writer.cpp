#include "millrace/checkpoint/zip_writer.h"

#include <zlib.h>

#include "millrace/base/error.h"
#include "millrace/checkpoint/zip_format.h"

namespace millrace {
namespace {

constexpr uint64_t kRecordAlignment = 64;
constexpr uint16_t kFirstOf1980 = (1 << 5) | 1;  // the earliest date that the format can say

bool needs_64_bits(uint64_t value) { return value >= zip::kIn64Bits; }
uint32_t in_32_bits(uint64_t value) { return needs_64_bits(value) ? zip::kIn64Bits : static_cast<uint32_t>(value); }

/// What local and central header have in common, from "version needed" to the length of the name.
void put_facts(std::string& out, uint32_t crc, uint64_t size, bool is_zip64, size_t name_bytes) {
  zip::put<uint16_t>(out, is_zip64 ? 45 : 20);
  zip::put<uint16_t>(out, zip::kFlagUtf8);
  zip::put<uint16_t>(out, 0);  // stored
  zip::put<uint16_t>(out, 0);
  zip::put<uint16_t>(out, kFirstOf1980);
  zip::put<uint32_t>(out, crc);
  zip::put<uint32_t>(out, in_32_bits(size));
  zip::put<uint32_t>(out, in_32_bits(size));
  zip::put<uint16_t>(out, static_cast<uint16_t>(name_bytes));
}

}  // namespace

ZipWriter::ZipWriter(io::OutputFile& file, std::string folder) : file_(file), folder_(std::move(folder)) {}

void ZipWriter::write(std::string_view data) {
  file_.write(data);
  position_ += data.size();
}

void ZipWriter::add(std::string_view record, std::string_view data) {
  Entry entry{folder_ + "/" + std::string(record), position_, data.size(), 0};
  MILLRACE_ASSERT(entry.name.size() < 1024, "a record name of the writer's own is short");
  entry.crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));

  std::string extra;
  if (needs_64_bits(entry.size)) {
    zip::put<uint16_t>(extra, zip::kExtraZip64);
    zip::put<uint16_t>(extra, 16);
    zip::put<uint64_t>(extra, entry.size);
    zip::put<uint64_t>(extra, entry.size);
  }
  const uint64_t data_offset = position_ + zip::kLocalHeaderBytes + entry.name.size() + extra.size() + 4;
  const uint64_t padding = (kRecordAlignment - data_offset % kRecordAlignment) % kRecordAlignment;
  zip::put<uint16_t>(extra, zip::kExtraPadding);
  zip::put<uint16_t>(extra, static_cast<uint16_t>(padding));
  extra.append(padding, 'Z');

  std::string header;
  zip::put(header, zip::kLocalHeader);
  put_facts(header, entry.crc, entry.size, needs_64_bits(entry.size), entry.name.size());
  zip::put<uint16_t>(header, static_cast<uint16_t>(extra.size()));
  header += entry.name;
  header += extra;
  write(header);
  write(data);
  entries_.push_back(std::move(entry));
}

void ZipWriter::finish() {
  const uint64_t begin = position_;
  std::string directory;
  for (const Entry& entry : entries_) {
    std::string extra;
    if (needs_64_bits(entry.size)) zip::put<uint64_t>(extra, entry.size), zip::put<uint64_t>(extra, entry.size);
    if (needs_64_bits(entry.offset)) zip::put<uint64_t>(extra, entry.offset);
    zip::put(directory, zip::kCentralHeader);
    zip::put<uint16_t>(directory, 45);  // made by
    put_facts(directory, entry.crc, entry.size, !extra.empty(), entry.name.size());
    zip::put<uint16_t>(directory, static_cast<uint16_t>(extra.empty() ? 0 : extra.size() + 4));
    directory.append(10, '\0');  // comment, disk, attributes
    zip::put<uint32_t>(directory, in_32_bits(entry.offset));
    directory += entry.name;
    if (extra.empty()) continue;
    zip::put<uint16_t>(directory, zip::kExtraZip64);
    zip::put<uint16_t>(directory, static_cast<uint16_t>(extra.size()));
    directory += extra;
  }
  const uint64_t size = directory.size();
  const uint64_t count = entries_.size();
  if (needs_64_bits(begin) || needs_64_bits(size) || count >= zip::kCountIn64Bits) {
    const uint64_t end64 = begin + size;
    zip::put(directory, zip::kEnd64);
    zip::put<uint64_t>(directory, zip::kEnd64Bytes - 12);
    zip::put<uint16_t>(directory, 45);
    zip::put<uint16_t>(directory, 45);
    zip::put<uint64_t>(directory, 0);  // this disk, first disk
    zip::put<uint64_t>(directory, count);
    zip::put<uint64_t>(directory, count);
    zip::put<uint64_t>(directory, size);
    zip::put<uint64_t>(directory, begin);
    zip::put(directory, zip::kEnd64Locator);
    zip::put<uint32_t>(directory, 0);
    zip::put<uint64_t>(directory, end64);
    zip::put<uint32_t>(directory, 1);  // number of disks
  }
  const auto short_count = static_cast<uint16_t>(count >= zip::kCountIn64Bits ? zip::kCountIn64Bits : count);
  zip::put(directory, zip::kEnd);
  zip::put<uint32_t>(directory, 0);  // this disk, first disk
  zip::put<uint16_t>(directory, short_count);
  zip::put<uint16_t>(directory, short_count);
  zip::put<uint32_t>(directory, in_32_bits(size));
  zip::put<uint32_t>(directory, in_32_bits(begin));
  zip::put<uint16_t>(directory, 0);  // comment
  write(directory);
}

}  // namespace millrace
