#include "millrace/io/gzip.h"

#include <gmock/gmock.h>

#include <fstream>

#include "millrace/base/error.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::EndsWith, testing::HasSubstr, testing::ThrowsMessage;

/// What gzip 1.12 made of "hello hello hello\n", without a name and time.
const std::string kHelloMember(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00"
    "\x00",
    29);
constexpr const char* kHello = "hello hello hello\n";

class Gzip : public testing::Test {
 protected:
  std::string read(const std::string& content, int64_t limit_bytes = 1000) {
    std::ofstream(folder_ / "data.gz", std::ios::binary) << content;
    return io::read_maybe_gzip(folder_ / "data.gz", limit_bytes);
  }
  ScratchFolder folder_;
};

TEST_F(Gzip, UnpacksWhatGzipWrote) { EXPECT_EQ(read(kHelloMember), kHello); }

TEST_F(Gzip, GivesAPlainFileAsItIs) {
  EXPECT_EQ(read("plain"), "plain");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\x1f"), "\x1f");
}

TEST_F(Gzip, JoinsMembersAndIgnoresZerosAfterTheLast) {
  EXPECT_EQ(read(kHelloMember + kHelloMember + std::string(512, '\0')), std::string(kHello) + kHello);
}

TEST_F(Gzip, RefusesContentAboveTheLimit) {
  EXPECT_EQ(read(kHelloMember, 18), kHello);
  EXPECT_THAT([&] { read(kHelloMember, 17); },
              ThrowsMessage<Error>(EndsWith("data.gz: unpacks to more than the 17 bytes it may have")));
  EXPECT_THROW(read("plain", 4), Error);
}

TEST_F(Gzip, SaysThatAFileIsTruncatedWhereverItEnds) {
  for (size_t size = 2; size < kHelloMember.size(); ++size)
    EXPECT_THAT([&] { read(kHelloMember.substr(0, size)); }, ThrowsMessage<Error>(HasSubstr("truncated gzip file")))
        << size;
}

TEST_F(Gzip, RefusesAChangeOfAnyBitThatCounts) {
  for (size_t bit = 0; bit < kHelloMember.size() * 8; ++bit) {
    std::string changed = kHelloMember;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    try {
      // Time, system and some flags of the header change nothing; without the magic number the file is a plain one.
      EXPECT_THAT(read(changed), testing::AnyOf(kHello, changed)) << "bit " << bit;
    } catch (const Error&) {
    }
  }
}

TEST_F(Gzip, RefusesGarbageAfterAMember) {
  EXPECT_THAT([&] { read(kHelloMember + "garbage"); }, ThrowsMessage<Error>(HasSubstr("corrupt gzip file")));
}

TEST_F(Gzip, ReadsTheImagesOfFashionMnist) {
  const std::string path = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
  if (!io::file_exists(path)) GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  EXPECT_EQ(io::read_maybe_gzip(path).size(), 16u + 10000u * 28u * 28u);
}

}  // namespace
}  // namespace millrace
