#pragma once

#include <zlib.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/checkpoint/zip_format.h"
#include "millrace/io/file_system.h"

namespace millrace {

/// An OutputFile that ends up in a text.
class TextOutput final : public io::OutputFile {
 public:
  void write(std::string_view data) override { text += data; }
  void sync() override {}
  std::string text;
};

/// A zip archive in which everything can be wrong. Whatever is not set is right.
struct RawArchive {
  struct Record {
    std::string name;
    std::string data;
    std::optional<std::string> local_name = {};
    std::optional<uint32_t> crc = {};
    std::optional<uint32_t> size = {};
    std::optional<uint32_t> stored_size = {};
    std::optional<uint32_t> local_size = {};
    std::optional<uint32_t> offset = {};
    uint16_t method = 0;
    uint16_t flags = 0;
    std::string extra = {};
  };
  std::vector<Record> records;
  std::optional<uint16_t> count = {};
  std::optional<uint32_t> directory_size = {};
  std::optional<uint32_t> directory_offset = {};
  uint16_t disk = 0;
  std::string comment = {};

  std::string build() const {
    std::string out, directory;
    for (const Record& record : records) {
      const uint32_t crc = record.crc.value_or(
          static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(record.data.data()), record.data.size())));
      const auto real_size = static_cast<uint32_t>(record.data.size());
      const std::string local_name = record.local_name.value_or(record.name);
      const auto offset = static_cast<uint32_t>(out.size());
      zip::put(out, zip::kLocalHeader);
      put_facts(out, record, crc, real_size, record.local_size.value_or(real_size), local_name);
      zip::put<uint16_t>(out, 0);
      out += local_name + record.data;
      zip::put(directory, zip::kCentralHeader);
      zip::put<uint16_t>(directory, 20);
      put_facts(directory, record, crc, record.stored_size.value_or(record.size.value_or(real_size)),
                record.size.value_or(real_size), record.name);
      zip::put<uint16_t>(directory, static_cast<uint16_t>(record.extra.size()));
      directory.append(10, '\0');
      zip::put<uint32_t>(directory, record.offset.value_or(offset));
      directory += record.name + record.extra;
    }
    const auto begin = static_cast<uint32_t>(out.size());
    out += directory;
    zip::put(out, zip::kEnd);
    zip::put<uint16_t>(out, disk);
    zip::put<uint16_t>(out, 0);
    zip::put<uint16_t>(out, count.value_or(static_cast<uint16_t>(records.size())));
    zip::put<uint16_t>(out, count.value_or(static_cast<uint16_t>(records.size())));
    zip::put<uint32_t>(out, directory_size.value_or(static_cast<uint32_t>(directory.size())));
    zip::put<uint32_t>(out, directory_offset.value_or(begin));
    zip::put<uint16_t>(out, static_cast<uint16_t>(comment.size()));
    return out + comment;
  }

 private:
  static void put_facts(std::string& out, const Record& record, uint32_t crc, uint32_t stored_size, uint32_t size,
                        const std::string& name) {
    zip::put<uint16_t>(out, 20);
    zip::put<uint16_t>(out, record.flags);
    zip::put<uint16_t>(out, record.method);
    zip::put<uint32_t>(out, 0);
    zip::put<uint32_t>(out, crc);
    zip::put<uint32_t>(out, stored_size);
    zip::put<uint32_t>(out, size);
    zip::put<uint16_t>(out, static_cast<uint16_t>(name.size()));
  }
};

}  // namespace millrace
