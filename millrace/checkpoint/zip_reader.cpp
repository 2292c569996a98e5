#include "millrace/checkpoint/zip_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/checkpoint/zip_format.h"

namespace millrace {
namespace {

constexpr int64_t kLongestComment = 0xFFFF;
constexpr int64_t kLargestDirectory = int64_t{1} << 28;  // two million records

/// Reads the directory of an archive; sizes and positions are checked against the file before they are used.
class ZipDirectory {
 public:
  struct Entry {
    std::string name;  // as written, folder included
    int64_t header_offset = 0;
    int64_t data_offset = 0;
    int64_t size_bytes = 0;
    uint32_t crc = 0;
  };

  explicit ZipDirectory(const io::InputFile& file) : file_(file) {
    find_end();
    read_entries();
    for (Entry& entry : entries_) check_local_header(entry);
    check_overlaps();
  }

  std::vector<Entry>& entries() { return entries_; }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(Place(file_.path()), what); }
  [[noreturn]] void fail(const Entry& entry, std::string_view what) const {
    fail(fmt::format("record '{}' {}", entry.name, what));
  }

  std::string bytes(int64_t offset, int64_t size) const {
    std::string data(static_cast<size_t>(size), '\0');
    file_.read_at(offset, data);
    return data;
  }

  void find_end() {
    const int64_t size = file_.size_bytes();
    refuse_other_formats();
    const int64_t searched = std::min<int64_t>(size, kLongestComment + static_cast<int64_t>(zip::kEndBytes));
    const std::string tail = bytes(size - searched, searched);
    for (int64_t at = searched - static_cast<int64_t>(zip::kEndBytes); at >= 0; --at) {
      const auto pos = static_cast<size_t>(at);
      if (zip::get<uint32_t>(tail, pos) != zip::kEnd) continue;
      if (at + static_cast<int64_t>(zip::kEndBytes) + zip::get<uint16_t>(tail, pos + 20) != searched) continue;
      return read_end(std::string_view(tail).substr(pos, zip::kEndBytes), size - searched + at);
    }
    fail(fmt::format("truncated checkpoint: {} bytes, and no directory at their end", size));
  }

  void refuse_other_formats() const {
    const std::string start = bytes(0, std::min<int64_t>(file_.size_bytes(), 512));
    const std::string_view text(start);
    constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
    const bool is_tar = text.size() >= 262 && text.substr(257, 5) == "ustar";
    if (is_tar || text.substr(0, kLegacyMagic.size()) == kLegacyMagic) {
      throw Error(Place(file_.path()), "was written in the format that PyTorch had before 1.6")
          .help(fmt::format("python3 -c \"import torch; p = '{}'; torch.save(torch.load(p, 'cpu'), p)\" rewrites it",
                            file_.path()));
    }
    if (text.empty()) fail("is empty, not a checkpoint");
    if (text.substr(0, 2) != "PK") fail("is not a checkpoint: no file of torch.save begins like this");
  }

  void read_end(std::string_view end, int64_t end_offset) {
    if (zip::get<uint32_t>(end, 4) != 0) fail("is one part of an archive of several files");
    uint64_t count = zip::get<uint16_t>(end, 10);
    uint64_t size = zip::get<uint32_t>(end, 12);
    uint64_t offset = zip::get<uint32_t>(end, 16);
    auto limit = static_cast<uint64_t>(end_offset);
    const auto locator_offset = end_offset - static_cast<int64_t>(zip::kEnd64LocatorBytes);
    if (locator_offset >= static_cast<int64_t>(zip::kEnd64Bytes)) {
      const std::string locator = bytes(locator_offset, zip::kEnd64LocatorBytes);
      if (zip::get<uint32_t>(locator, 0) == zip::kEnd64Locator) {
        limit = zip::get<uint64_t>(locator, 8);
        if (limit > static_cast<uint64_t>(locator_offset) - zip::kEnd64Bytes) fail("its directory is damaged");
        const std::string end64 = bytes(static_cast<int64_t>(limit), zip::kEnd64Bytes);
        if (zip::get<uint32_t>(end64, 0) != zip::kEnd64) fail("its directory is damaged");
        count = zip::get<uint64_t>(end64, 32);
        size = zip::get<uint64_t>(end64, 40);
        offset = zip::get<uint64_t>(end64, 48);
      }
    }
    if (size > limit || offset != limit - size) fail("its directory is damaged: it does not end where the file says");
    if (count > size / zip::kCentralHeaderBytes) fail(fmt::format("its directory cannot hold {} records", count));
    if (size > static_cast<uint64_t>(kLargestDirectory)) fail(fmt::format("its directory has {} bytes", size));
    directory_offset_ = static_cast<int64_t>(offset);
    directory_ = bytes(directory_offset_, static_cast<int64_t>(size));
    entries_.resize(count);
  }

  void read_entries() {
    size_t at = 0;
    for (Entry& entry : entries_) {
      if (directory_.size() - at < zip::kCentralHeaderBytes ||
          zip::get<uint32_t>(directory_, at) != zip::kCentralHeader)
        fail("its directory is damaged");
      const std::string_view header = std::string_view(directory_).substr(at, zip::kCentralHeaderBytes);
      const size_t name_bytes = zip::get<uint16_t>(header, 28);
      const size_t extra_bytes = zip::get<uint16_t>(header, 30);
      const size_t comment_bytes = zip::get<uint16_t>(header, 32);
      at += zip::kCentralHeaderBytes;
      if (directory_.size() - at < name_bytes + extra_bytes + comment_bytes) fail("its directory is damaged");
      entry.name = directory_.substr(at, name_bytes);
      check_name(entry);
      if (zip::get<uint16_t>(header, 8) & zip::kFlagEncrypted) fail(entry, "is encrypted");
      if (zip::get<uint16_t>(header, 10) != 0) fail(entry, "is compressed, which torch.save never does");
      entry.crc = zip::get<uint32_t>(header, 16);
      uint64_t stored = zip::get<uint32_t>(header, 20);
      uint64_t size = zip::get<uint32_t>(header, 24);
      uint64_t offset = zip::get<uint32_t>(header, 42);
      std::string_view wide = zip64_field(std::string_view(directory_).substr(at + name_bytes, extra_bytes));
      for (uint64_t* value : {&size, &stored, &offset}) {  // in the order of the field
        if (*value != zip::kIn64Bits) continue;
        if (wide.size() < 8) fail(entry, "has a size that the directory does not tell");
        *value = zip::get<uint64_t>(wide, 0);
        wide.remove_prefix(8);
      }
      const auto limit = static_cast<uint64_t>(directory_offset_);
      if (stored != size) fail(entry, "has two sizes");
      if (offset > limit || size > limit - offset) fail(entry, "is larger than the file");
      entry.header_offset = static_cast<int64_t>(offset);
      entry.size_bytes = static_cast<int64_t>(size);
      at += name_bytes + extra_bytes + comment_bytes;
    }
    if (at != directory_.size()) fail("its directory is damaged");
  }

  static std::string_view zip64_field(std::string_view extra) {
    while (extra.size() >= 4) {
      const size_t size = zip::get<uint16_t>(extra, 2);
      if (size > extra.size() - 4) break;
      if (zip::get<uint16_t>(extra, 0) == zip::kExtraZip64) return extra.substr(4, size);
      extra.remove_prefix(4 + size);
    }
    return {};
  }

  void check_name(const Entry& entry) const {
    const std::string_view name = entry.name;
    bool is_fine = !name.empty() && name.front() != '/' && name.size() <= 1024;
    for (const char c : name)
      is_fine = is_fine && static_cast<unsigned char>(c) >= ' ' && c != '\\' && c != ':' && c != 127;
    for (size_t at = 0; at <= name.size(); ++at) {
      const size_t end = std::min(name.find('/', at), name.size());
      const std::string_view part = name.substr(at, end - at);
      is_fine = is_fine && part != ".." && part != "." && (!part.empty() || end == name.size());
      at = end;
    }
    if (is_fine) return;
    std::string shown;
    for (const char c : name.substr(0, 80)) shown += c >= ' ' && c < 127 ? c : '?';
    fail(fmt::format("holds a record with the forbidden name '{}'", shown));
  }

  void check_local_header(Entry& entry) const {
    const auto room = directory_offset_ - entry.header_offset;
    if (room < static_cast<int64_t>(zip::kLocalHeaderBytes)) fail(entry, "has no header");
    const std::string header = bytes(entry.header_offset, zip::kLocalHeaderBytes);
    const int64_t name_bytes = zip::get<uint16_t>(header, 26);
    const int64_t rest = name_bytes + zip::get<uint16_t>(header, 28);
    if (zip::get<uint32_t>(header, 0) != zip::kLocalHeader) fail(entry, "has no header");
    entry.data_offset = entry.header_offset + static_cast<int64_t>(zip::kLocalHeaderBytes) + rest;
    if (entry.data_offset > directory_offset_ || entry.size_bytes > directory_offset_ - entry.data_offset)
      fail(entry, "is larger than the file");
    const std::string names = bytes(entry.header_offset + static_cast<int64_t>(zip::kLocalHeaderBytes), rest);
    const std::string_view all(names);
    if (all.substr(0, static_cast<size_t>(name_bytes)) != entry.name) fail(entry, "has another name in its header");
    if (zip::get<uint16_t>(header, 8) != 0) fail(entry, "is compressed, which torch.save never does");
    if (zip::get<uint16_t>(header, 6) & zip::kFlagSizesFollow) return;
    const std::string_view wide = zip64_field(all.substr(static_cast<size_t>(name_bytes)));
    uint64_t size = zip::get<uint32_t>(header, 22);
    if (size == zip::kIn64Bits && wide.size() >= 8) size = zip::get<uint64_t>(wide, 0);
    if (size != static_cast<uint64_t>(entry.size_bytes)) fail(entry, "has another size in its header");
  }

  void check_overlaps() const {
    std::vector<const Entry*> order;
    for (const Entry& entry : entries_) order.push_back(&entry);
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->header_offset < b->header_offset; });
    for (size_t i = 1; i < order.size(); ++i)
      if (order[i - 1]->data_offset + order[i - 1]->size_bytes > order[i]->header_offset)
        fail(*order[i], fmt::format("overlaps record '{}'", order[i - 1]->name));
    std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->name < b->name; });
    for (size_t i = 1; i < order.size(); ++i)
      if (order[i - 1]->name == order[i]->name) fail(*order[i], "is there twice");
  }

  const io::InputFile& file_;
  int64_t directory_offset_ = 0;
  std::string directory_;
  std::vector<Entry> entries_;
};

/// The one folder that holds `data.pkl`, with its slash.
std::string folder_of_archive(const io::InputFile& file, const std::vector<ZipDirectory::Entry>& entries) {
  constexpr std::string_view kPickle = "/data.pkl";
  std::optional<std::string> folder;
  for (const auto& entry : entries) {
    const size_t slash = entry.name.find('/');
    if (slash == std::string::npos || std::string_view(entry.name).substr(slash) != kPickle) continue;
    if (folder) throw Error(Place(file.path()), "holds two pickles: '*/data.pkl' is there twice");
    folder = entry.name.substr(0, slash + 1);
  }
  if (!folder) throw Error(Place(file.path()), "is not a file of torch.save: it has no data.pkl");
  return *folder;
}

}  // namespace

ZipReader::ZipReader(const io::InputFile& file) : file_(file) {
  ZipDirectory directory(file);
  const std::string folder = folder_of_archive(file, directory.entries());
  for (ZipDirectory::Entry& entry : directory.entries()) {
    records_.push_back({std::move(entry.name), entry.data_offset, entry.size_bytes, entry.crc});
  }
  for (const Record& record : records_)
    if (record.name.starts_with(folder)) by_name_.emplace(std::string_view(record.name).substr(folder.size()), &record);
  verify_checksums();
}

const ZipReader::Record* ZipReader::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

std::string ZipReader::read(const Record& record) const {
  std::string data(static_cast<size_t>(record.size_bytes), '\0');
  read(record, data);
  return data;
}

void ZipReader::verify_checksums() const {
  int64_t largest = 0;
  for (const Record& record : records_) largest = std::max(largest, record.size_bytes);
  std::string buffer(static_cast<size_t>(std::min<int64_t>(largest, 1 << 20)), '\0');
  for (const Record& record : records_) {
    uLong crc = 0;
    for (int64_t done = 0; done < record.size_bytes;) {
      const auto n = std::min<int64_t>(record.size_bytes - done, static_cast<int64_t>(buffer.size()));
      const std::span<char> chunk(buffer.data(), static_cast<size_t>(n));
      file_.read_at(record.offset + done, chunk);
      crc = crc32_z(crc, reinterpret_cast<const Bytef*>(chunk.data()), chunk.size());
      done += n;
    }
    if (static_cast<uint32_t>(crc) != record.crc)
      throw Error(Place(file_.path()),
                  fmt::format("record '{}' is damaged: its checksum is {:08x}, the file says {:08x}", record.name,
                              static_cast<uint32_t>(crc), record.crc));
  }
}

}  // namespace millrace
