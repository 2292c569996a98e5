#include "millrace/data/idx_file.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class IdxFile : public testing::Test {
 protected:
  std::string write(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return path_;
  }
  std::string pack(const std::string& content) {
    gzFile file = gzopen(path_.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return path_;
  }
  const std::string bytes_ = std::string("\0\0\x08\x02\0\0\0\x02\0\0\0\x03", 12) + "abcdef";
  const at::Tensor array_ = at::tensor({97, 98, 99, 100, 101, 102}, at::kByte).view({2, 3});
  ScratchFolder folder_;
  std::string path_ = folder_ / "x-idx2-ubyte";
};

TEST_F(IdxFile, ReadsBytes) { EXPECT_THAT(read_idx(write(bytes_)), SameTensor(array_)); }
TEST_F(IdxFile, ReadsGzip) { EXPECT_THAT(read_idx(pack(bytes_)), SameTensor(array_)); }

TEST_F(IdxFile, ReadsBigEndianNumbers) {
  EXPECT_THAT(read_idx(write(std::string("\0\0\x0B\x01\0\0\0\x02\x01\x02\xFF\xFE", 12))),
              SameTensor(at::tensor({258, -2}, at::kShort)));
  EXPECT_THAT(read_idx(write(std::string("\0\0\x0D\x01\0\0\0\x01\xC0\x20\0\0", 12))), SameTensor(at::tensor({-2.5F})));
  EXPECT_THAT(read_idx(write(std::string("\0\0\x0E\x01\0\0\0\x01\x40\x09\x21\xFB\x54\x44\x2D\x18", 16))),
              SameTensor(at::tensor({3.141592653589793}, at::kDouble)));
}

TEST_F(IdxFile, ReadsAnArrayWithoutElements) {
  EXPECT_THAT(read_idx(write(std::string("\0\0\x08\x02\0\0\0\0\0\0\0\x03", 12))).sizes(), testing::ElementsAre(0, 3));
}

TEST_F(IdxFile, RefusesAnEmptyArrayWhoseOtherSizesOverflow) {
  EXPECT_THAT([&] { read_idx(write(std::string("\0\0\x08\x03\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16))); },
              ThrowsMessage<Error>(path_ + ": its header says (0, 4294967295, 4294967295), which is not a valid size"));
}

TEST_F(IdxFile, RefusesATruncatedFile) {
  EXPECT_THAT([&] { read_idx(write(bytes_.substr(0, 15))); },
              ThrowsMessage<Error>(path_ + ": truncated, 3 of 6 bytes\n  its header says (2, 3) elements of 1 bytes"));
  EXPECT_THAT([&] { read_idx(write(bytes_.substr(0, 9))); },
              ThrowsMessage<Error>(path_ + ": truncated: 9 bytes of a header of 12"));
  pack(bytes_);
  std::ifstream file(path_, std::ios::binary);
  std::string packed(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT([&] { read_idx(write(packed.substr(0, packed.size() - 10))); },
              ThrowsMessage<Error>(HasSubstr(path_ + ": truncated")));
}

TEST_F(IdxFile, RefusesWhatIsNoIdxFile) {
  EXPECT_THAT([&] { read_idx(write("PK\3\4")); },
              ThrowsMessage<Error>(path_ + ": not an IDX file: it does not begin with two zero bytes"));
  EXPECT_THAT([&] { read_idx(write("")); }, ThrowsMessage<Error>(HasSubstr("not an IDX file")));
  EXPECT_THAT([&] { read_idx(write(std::string("\0\0\x07\x01", 4))); },
              ThrowsMessage<Error>(path_ + ": an IDX file with elements of the unknown type 0x07"));
  EXPECT_THAT([&] { read_idx(write(bytes_ + "g")); }, ThrowsMessage<Error>(HasSubstr(": 1 bytes too long")));
}

TEST_F(IdxFile, RefusesSizesThatNoArrayHas) {
  const std::string huge = std::string("\0\0\x0E\x03", 4) + std::string(12, '\xFF');
  EXPECT_THAT([&] { read_idx(write(huge)); }, ThrowsMessage<Error>(HasSubstr("which is not a valid size")));
  const std::string large = std::string("\0\0\x08\x02", 4) + std::string(8, '\x7F');
  EXPECT_THAT([&] { read_idx(write(large)); }, ThrowsMessage<Error>(HasSubstr("truncated, 0 of")));
  EXPECT_THAT([&] { read_idx(write(std::string("\0\0\x08\xFF", 4) + std::string(1020, '\1'))); },
              ThrowsMessage<Error>(HasSubstr("which is not a valid size")));
}

}  // namespace
}  // namespace millrace
