#include "millrace/zoo/classification/datasets/cifar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/io/file.h"
#include "millrace/zoo/classification/keys.h"
#include "tests/data/golden_image.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace::classification {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

class CIFARFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  void write_train(const std::string& content) {
    for (int i = 1; i <= 5; ++i) write("cifar-10-batches-py/data_batch_" + std::to_string(i), content);
  }
  static std::string golden(int protocol) {
    return io::read_file(golden_image_path("cifar_protocol_" + std::to_string(protocol)));
  }
  /// Three planes of an image of the golden batch.
  static std::string planes(int64_t index) {
    const at::Tensor image = golden_array("cifar")[index].permute({2, 0, 1}).contiguous();
    return {reinterpret_cast<const char*>(image.const_data_ptr<uint8_t>()), 3072};
  }
  /// As Python 2 wrote the originals: strings of bytes, protocol 2.
  static std::string python2_pickle(const std::string& data, const std::string& labels) {
    return "\x80\x02}(U\x06labels]("s + labels +
           "eU\x04"
           "datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01"
           "b\x87R(K\x01K\x01M\0\x0C\x86"
           "cnumpy\ndtype\nU\x02u1K\0K\x01\x87R(K\x03U\x01|NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\0tb\x89T\0\x0C\0\0"s +
           data + "tbu."s;
  }
  ScratchFolder folder_;
};

TEST_F(CIFARFolder, OfPicklesOfAnyProtocolIsRead) {
  for (const int protocol : {2, 3, 5}) {
    write_train(golden(protocol));
    const CIFAR10 data({.data_root = folder_.path().string()});
    ASSERT_EQ(data.size(), 15);
    for (int64_t i = 0; i < 3; ++i)
      EXPECT_THAT(data.get(12 + i).tensor(keys::img), SameTensor(golden_array("cifar")[i])) << protocol;
    EXPECT_EQ(data.get(14).integer(keys::gt_label), 9);
    EXPECT_EQ(data.get(14).integer(keys::sample_idx), 14);
    EXPECT_EQ(data.meta().at("classes").items()[9].string(), "truck");
  }
}

TEST_F(CIFARFolder, OfPython2IsRead) {
  write("data/cifar-10-batches-py/test_batch", python2_pickle(planes(1), "K\x07"));
  const CIFAR10 data({.data_root = folder_.path(), .data_prefix = "data", .split = CIFAR10::Split::test});
  ASSERT_EQ(data.size(), 1);
  EXPECT_THAT(data.get(0).tensor(keys::img), SameTensor(golden_array("cifar")[1]));
  EXPECT_EQ(data.get(0).integer(keys::gt_label), 7);
  // Bytes that happen to be text.
  write("data/cifar-10-batches-py/test_batch", python2_pickle(std::string(3072, 'A'), "K\x07"));
  EXPECT_EQ(CIFAR10({.data_root = folder_ / "data", .test_mode = true}).get(0).tensor(keys::img).min().item<int64_t>(),
            'A');
}

TEST_F(CIFARFolder, OfTheBinaryVersionIsRead) {
  for (int i = 1; i <= 5; ++i)
    write("cifar-10-batches-bin/data_batch_" + std::to_string(i) + ".bin", "\x02" + planes(0) + "\x05" + planes(2));
  const CIFAR10 data({.data_root = folder_.path(), .common = {.indices = int64_t{-3}}});
  ASSERT_EQ(data.size(), 3);
  EXPECT_THAT(data.get(0).tensor(keys::img), SameTensor(golden_array("cifar")[2]));
  EXPECT_EQ(data.get(0).integer(keys::gt_label), 5);
}

TEST_F(CIFARFolder, OfHundredClassesHasFineLabels) {
  write("test.bin", "\x02\x63" + planes(0));
  const CIFAR100 data({.data_root = folder_.path(), .split = CIFAR10::Split::test});
  EXPECT_EQ(data.get(0).integer(keys::gt_label), 99);
  EXPECT_EQ(data.meta().at("classes").items().size(), 100U);
  EXPECT_EQ(data.meta().at("classes").items()[99].string(), "worm");
}

TEST_F(CIFARFolder, ThatIsMissingIsNamed) {
  EXPECT_THAT([&] { CIFAR10({.data_root = folder_.path()}); },
              ThrowsMessage<Error>(
                  folder_.path().string() +
                  ": neither cifar-10-batches-py/data_batch_1 nor cifar-10-batches-bin/data_batch_1.bin is in it\n"
                  "  help: data_root='FOLDER' with the cifar-10-batches-py of CIFAR-10"));
  EXPECT_THAT([&] { CIFAR100({.data_root = folder_ / "no"}); },
              ThrowsMessage<Error>(HasSubstr("/no: no such folder, and so no CIFAR-100")));
  write("cifar-10-batches-py/data_batch_1", golden(2));
  EXPECT_THAT([&] { CIFAR10({.data_root = folder_.path()}); }, ThrowsMessage<Error>(HasSubstr("data_batch_2")));
}

TEST_F(CIFARFolder, ThatIsDamagedIsRefused) {
  const auto error_of = [&](const std::string& content) -> std::string {
    write("cifar-10-batches-py/test_batch", content);
    try {
      CIFAR10({.data_root = folder_.path(), .split = CIFAR10::Split::test});
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string whole = golden(2);
  EXPECT_THAT(error_of(whole.substr(0, whole.size() / 2)), HasSubstr("test_batch: byte "));
  EXPECT_THAT(error_of("\x80\x02}."),
              HasSubstr("test_batch: not a file of CIFAR: a dict with 'data' and 'labels' is missing"));
  EXPECT_THAT(error_of("\x80\x02]."), HasSubstr("not a file of CIFAR"));
  EXPECT_THAT(error_of(python2_pickle(planes(0), "K\x01K\x02")), HasSubstr("its 'labels' is not a list of 1 numbers"));
  EXPECT_THAT(error_of(python2_pickle(planes(0), "K\x0A")), HasSubstr("the label 10, and there are 10 classes"));
  EXPECT_THAT(error_of(python2_pickle(planes(0), "J\xFF\xFF\xFF\xFF")),
              HasSubstr("a label that is not the number of a class"));
  EXPECT_THAT(error_of("cos\nsystem\n(S'true'\ntR."), HasSubstr("test_batch: byte "));
  EXPECT_THAT(error_of("\x80\x02(X\x07\0\0\0storagectorch\nByteStorage\nX\x01\0\0\0"
                       "0X\x03\0\0\0cpuK\x01tQ."s),
              HasSubstr("refers to the storage '0', and a pickle alone has none"));
  fs::remove_all(folder_.path() / "cifar-10-batches-py");
  write("test_batch.bin", std::string(3074, 'x'));
  EXPECT_THAT([&] { CIFAR10({.data_root = folder_.path(), .split = CIFAR10::Split::test}); },
              ThrowsMessage<Error>(HasSubstr("test_batch.bin: 3074 bytes are not a whole number of images of 3073")));
}

/// A pickle with any bytes changed is read or refused.
TEST_F(CIFARFolder, OfAnyBytesEndsInDataOrAnError) {
  const std::string whole = python2_pickle(planes(0), "K\x01");
  uint32_t random = 7;
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    std::string content = whole;
    for (int k = 0; k < 2; ++k) {
      random = random * 1664525 + 1013904223;
      const size_t at = (random >> 8) % (content.size() - 3072 - 4);  // the head matters, the pixels don't
      content[at] = static_cast<char>(random >> 24);
    }
    write("cifar-10-batches-py/test_batch", content);
    try {
      CIFAR10({.data_root = folder_.path(), .split = CIFAR10::Split::test});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace millrace::classification
