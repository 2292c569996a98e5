#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "millrace/io/file.h"

namespace millrace {

/// Reads a zip archive of the kind that `torch.save` writes: records in one folder, stored, never compressed.
///
/// The constructor reads the whole file and verifies the checksum of every record. It throws Error for a truncated or
/// altered file, and for archives that no proper writer makes: records that overlap, have the same name or a name that
/// leads out of the archive, are compressed or encrypted, or are larger than the file. Memory: the directory and 1 MiB.
class ZipReader {
 public:
  struct Record {
    std::string name;
    int64_t offset = 0;  // of the data
    int64_t size_bytes = 0;
    uint32_t crc = 0;
  };

  /// `file` must outlive the reader.
  explicit ZipReader(const io::InputFile& file);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  /// All records, with their full names, "archive/data/0".
  const std::vector<Record>& records() const { return records_; }
  /// The record of that name in the folder of `data.pkl`: find("data/0"); null if it does not exist.
  const Record* find(std::string_view name) const;
  /// Fills `out`, which may be shorter than the record.
  void read(const Record& record, std::span<char> out) const { file_.read_at(record.offset, out); }
  std::string read(const Record& record) const;

 private:
  void verify_checksums() const;

  const io::InputFile& file_;
  std::vector<Record> records_;
  std::unordered_map<std::string_view, const Record*> by_name_;
};

}  // namespace millrace
