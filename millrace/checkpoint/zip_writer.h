#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/io/file_system.h"

namespace millrace {

/// Writes a zip archive as `torch.load` needs it: records in one folder, uncompressed, each at a multiple of 64 bytes
/// so that it can be mapped; zip64 if a size, a position or the number of records needs it.
///
///     ZipWriter zip(file);
///     zip.add("data.pkl", pickle);
///     zip.finish();
///
/// Format: docs/formats/checkpoint.md. The bytes depend only on the records: equal states make equal files.
class ZipWriter {
 public:
  /// `file` must outlive the writer and be at its beginning.
  explicit ZipWriter(io::OutputFile& file, std::string folder = "archive");

  void add(std::string_view name, std::string_view data);
  void finish();

 private:
  struct Entry {
    std::string name;
    uint64_t offset;
    uint64_t size;
    uint32_t crc;
  };
  void write(std::string_view data);

  io::OutputFile& file_;
  std::string folder_;
  uint64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace millrace
