#include <gmock/gmock.h>
#include <sys/mman.h>

#include <random>

#include "millrace/base/error.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/zip_reader.h"
#include "millrace/checkpoint/zip_writer.h"
#include "tests/checkpoint/archive.h"

namespace millrace {
namespace {

using testing::HasSubstr, testing::ThrowsMessage;

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records) {
  TextOutput out;
  ZipWriter zip(out);
  for (const auto& [name, data] : records) zip.add(name, data);
  zip.finish();
  return out.text;
}

std::string read_zip_record(const std::string& archive, std::string_view name) {
  const auto file = io::open_memory("test.pth", archive);
  const ZipReader zip(*file);
  const ZipReader::Record* record = zip.find(name);
  return record ? zip.read(*record) : "absent";
}

TEST(Zip, ReadsBackItsRecords) {
  const std::string archive = zip_of({{"data.pkl", "pickle"}, {"data/0", ""}, {"data/1", std::string(1000, 'x')}});
  EXPECT_EQ(read_zip_record(archive, "data.pkl"), "pickle");
  EXPECT_EQ(read_zip_record(archive, "data/0"), "");
  EXPECT_EQ(read_zip_record(archive, "data/1"), std::string(1000, 'x'));
  EXPECT_EQ(read_zip_record(archive, "data/2"), "absent");
  EXPECT_EQ(read_zip_record(archive, "archive/data.pkl"), "absent");
}

TEST(Zip, BeginsEachRecordAtAMultipleOf64) {
  std::mt19937 random(1);
  std::vector<std::pair<std::string, std::string>> records = {{"data.pkl", "p"}};
  for (int i = 0; i < 200; ++i) records.emplace_back("data/" + std::to_string(i), std::string(random() % 300, 'x'));
  const auto file = io::open_memory("test.pth", zip_of(records));
  const ZipReader zip(*file);
  for (const ZipReader::Record& record : zip.records()) EXPECT_EQ(record.offset % 64, 0) << record.name;
}

TEST(Zip, HoldsMoreRecordsThan16BitsCount) {
  std::vector<std::pair<std::string, std::string>> records = {{"data.pkl", "p"}};
  for (int i = 0; i < 70000; ++i) records.emplace_back("data/" + std::to_string(i), "x");
  const std::string archive = zip_of(records);
  EXPECT_EQ(read_zip_record(archive, "data/69999"), "x");
}

TEST(Zip, TakesACommentAtTheEnd) {
  EXPECT_EQ(
      read_zip_record(RawArchive{.records = {{"a/data.pkl", "p"}}, .comment = "PK\5\6 no end"}.build(), "data.pkl"),
      "p");
}

TEST(Zip, TakesSizesThatFollowTheData) {
  RawArchive archive{.records = {{.name = "a/data.pkl", .data = "p", .local_size = 0, .flags = zip::kFlagSizesFollow}}};
  EXPECT_EQ(read_zip_record(archive.build(), "data.pkl"), "p");
}

/// A file of more than 4 GiB, of which only what is not zero is kept.
class SparseFile final : public io::OutputFile, public io::InputFile {
 public:
  void write(std::string_view data) override {
    if (data.size() < (1 << 20)) pieces_.emplace_back(size_, std::string(data.data(), data.size()));
    size_ += static_cast<int64_t>(data.size());
  }
  void sync() override {}
  const std::string& path() const override { return path_; }
  int64_t size_bytes() const override { return size_; }
  void read_at(int64_t offset, std::span<char> out) const override {
    std::fill(out.begin(), out.end(), '\0');
    for (const auto& [begin, data] : pieces_)
      for (size_t i = 0; i < data.size(); ++i) {
        const int64_t at = begin + static_cast<int64_t>(i) - offset;
        if (at >= 0 && at < static_cast<int64_t>(out.size())) out[static_cast<size_t>(at)] = data[i];
      }
  }

 private:
  std::string path_ = "sparse.pth";
  int64_t size_ = 0;
  std::vector<std::pair<int64_t, std::string>> pieces_;
};

TEST(Zip, HoldsARecordOfMoreThan4GiBAndWhatComesAfterIt) {
  constexpr size_t kSize = (size_t{1} << 32) + 100;
  // Memory that was never written is the one page of zeros.
  void* zeros = mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(zeros, MAP_FAILED);
  SparseFile file;
  ZipWriter zip(file);
  zip.add("data.pkl", "pickle");
  zip.add("data/0", {static_cast<const char*>(zeros), kSize});
  zip.add("data/1", "after");
  zip.finish();
  munmap(zeros, kSize);
  const ZipReader reader(file);
  EXPECT_EQ(reader.find("data/0")->size_bytes, static_cast<int64_t>(kSize));
  EXPECT_EQ(reader.read(*reader.find("data/1")), "after");
}

struct HostileArchive {
  const char* what;
  std::string content;
  const char* error;
};

std::string zip64_extra(uint64_t size) {
  std::string extra;
  zip::put<uint16_t>(extra, zip::kExtraZip64);
  zip::put<uint16_t>(extra, 16);
  zip::put<uint64_t>(extra, size);
  zip::put<uint64_t>(extra, size);
  return extra;
}

/// 10 kB that inflate to 10 MB.
std::string deflated_zeros() {
  const std::string zeros(10'000'000, '\0');
  std::string packed(compressBound(zeros.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()), zeros.size());
  return packed.substr(2, size - 6);
}

std::vector<HostileArchive> hostile_archives() {
  using Record = RawArchive::Record;
  const Record pickle{"a/data.pkl", "N."};
  const auto with = [&](Record record) { return RawArchive{.records = {pickle, std::move(record)}}.build(); };
  const std::string packed = deflated_zeros();
  RawArchive overlapping{.records = {pickle, {.name = "a/data/0", .data = std::string(100, 'x')}}};
  overlapping.records.push_back({.name = "a/data/1", .data = "", .size = 40, .local_size = 40, .offset = 0});
  overlapping.records[2].local_name = "a/data/1";
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
  std::string tar(1024, 'x');
  tar.replace(257, 5, "ustar");
  return {
      {"empty", "", "is empty"},
      {"text", "hello, this is no zip file at all", "no file of torch.save begins like this"},
      {"legacy pickle", magic + "...", "before 1.6"},
      {"legacy tar", tar, "before 1.6"},
      {"no directory", "PK\3\4" + std::string(100, 'x'), "truncated checkpoint: 104 bytes"},
      {"no records", RawArchive{}.build(), "it has no data.pkl"},
      {"bad checksum of the pickle", RawArchive{.records = {{.name = "a/data.pkl", .data = "N.", .crc = 1}}}.build(),
       "record 'a/data.pkl' is damaged"},
      {"bad checksum of an unused record", with({.name = "a/unused", .data = "x", .crc = 1}), "'a/unused' is damaged"},
      {"bad checksum outside of the folder", with({.name = "b/unused", .data = "x", .crc = 1}),
       "'b/unused' is damaged"},
      {"a name that leads out", with({"a/../../etc/passwd", "x"}), "forbidden name 'a/../../etc/passwd'"},
      {"an absolute name", with({"/etc/passwd", "x"}), "forbidden name"},
      {"a name with a drive", with({"C:/x", "x"}), "forbidden name"},
      {"a name with backslashes", with({"a\\..\\x", "x"}), "forbidden name"},
      {"a name with a line feed", with({"a/x\ny", "x"}), "forbidden name 'a/x?y'"},
      {"an empty name", with({"", "x"}), "forbidden name"},
      {"the same name twice", RawArchive{.records = {pickle, pickle}}.build(), "there twice"},
      {"two pickles", with({"b/data.pkl", "N."}), "two pickles"},
      {"no pickle", RawArchive{.records = {{"a/data/0", "x"}}}.build(), "it has no data.pkl"},
      {"overlapping records", overlapping.build(), "record"},
      {"a zip bomb", with({.name = "a/data/0", .data = packed, .size = 10'000'000, .stored_size = 10'000, .method = 8}),
       "is compressed"},
      {"a zip bomb that hides its method",
       with({.name = "a/data/0", .data = packed, .size = 10'000'000, .stored_size = 10'000}), "has two sizes"},
      {"encrypted", with({.name = "a/data/0", .data = "x", .flags = 1}), "is encrypted"},
      {"a record beyond the file", with({.name = "a/data/0", .data = "x", .size = 1000}), "larger than the file"},
      {"a record of 2 GiB", with({.name = "a/data/0", .data = "x", .size = 0x7FFFFFFF}), "larger than the file"},
      {"a size of 2^63", with({.name = "a/data/0", .data = "x", .size = 0xFFFFFFFF, .extra = zip64_extra(1ull << 63)}),
       "larger than the file"},
      {"a size that is nowhere", with({.name = "a/data/0", .data = "x", .size = 0xFFFFFFFF}), "does not tell"},
      {"a header beyond the file", with({.name = "a/data/0", .data = "x", .offset = 0x7FFFFFFF}),
       "larger than the file"},
      {"a header that is none", with({.name = "a/data/0", .data = "x", .offset = 3}), "has no header"},
      {"another name in the header", with({.name = "a/data/0", .data = "x", .local_name = "a/data/1"}), "another name"},
      {"another size in the header", with({.name = "a/data/0", .data = "x", .local_size = 0}), "another size"},
      {"more records than there are", RawArchive{.records = {pickle}, .count = 0xFFFE}.build(),
       "cannot hold 65534 records"},
      {"fewer records than there are", RawArchive{.records = {pickle, {"a/x", ""}}, .count = 1}.build(), "is damaged"},
      {"a directory elsewhere", RawArchive{.records = {pickle}, .directory_offset = 0}.build(), "directory is damaged"},
      {"a directory beyond the file", RawArchive{.records = {pickle}, .directory_size = 0x7FFFFFFF}.build(),
       "is damaged"},
      {"one of several files", RawArchive{.records = {pickle}, .disk = 1}.build(), "several files"},
      {"TorchScript", with({"a/constants.pkl", "x"}), "is a TorchScript model"},
      {"of a big-endian machine", with({"a/byteorder", "big"}), "big-endian"},
  };
}

TEST(Zip, RefusesHostileArchives) {
  for (const HostileArchive& archive : hostile_archives())
    EXPECT_THAT([&] { load_torch_file(*io::open_memory("hostile.pth", archive.content)); },
                ThrowsMessage<Error>(HasSubstr(archive.error)))
        << archive.what;
}

}  // namespace
}  // namespace millrace
