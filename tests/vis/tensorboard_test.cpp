#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "millrace/io/file.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/vis/event_file.h"
#include "millrace/vis/tensorboard_vis_backend.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EventFile, ChecksumIsCastagnolis) {
  EXPECT_EQ(events::crc32c("123456789"), 0xe3069283U);            // RFC 3720
  EXPECT_EQ(events::crc32c(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, B.4
  EXPECT_EQ(events::crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

/// The file is one that the reader of tensorboard 2.21.0 took: it gave the scalars (7, 0.25) and (2147483647, 91.5) and
/// the text.
TEST(EventFile, HasTheBytesThatTensorBoardAccepted) {
  const double time = 1.5e9;
  EXPECT_EQ(events::version_record(time) + events::scalar_record({time + 1, 7}, "loss", 0.25F) +
                events::scalar_record({time + 2, 2147483647}, "accuracy/top1", 91.5F) +
                events::text_record({time + 4, 0}, "config", "```python\nlr = 0.1\n```"),
            io::read_file(source_path("/tests/vis/golden.tfevents")));
}

class TensorboardBackend : public testing::Test {
 protected:
  TensorboardBackend() { backend_.open(folder_.path()); }
  std::string content() {
    backend_.flush();
    return io::read_file(folder_ / "vis_data/events.out.tfevents.millrace");
  }

  ScratchFolder folder_;
  TensorboardVisBackend backend_;
};

TEST_F(TensorboardBackend, CutsWhatCameAfterAPosition) {
  backend_.add_scalars({{"loss", 1.5}}, 1);
  const std::string before = content();
  const State position = backend_.position();
  backend_.add_scalars({{"loss", 2.5}}, 2);
  EXPECT_NE(content(), before);
  backend_.close();

  TensorboardVisBackend resumed;
  resumed.open(folder_.path());
  resumed.rewind(position);
  EXPECT_EQ(content(), before);
}

TEST_F(TensorboardBackend, WritesTheConfigOnceInARunThatGoesOn) {
  backend_.add_config("lr = 1");
  const std::string before = content();
  TensorboardVisBackend resumed;
  resumed.open(folder_.path());
  resumed.add_config("lr = 1");
  EXPECT_EQ(content(), before);
}

TEST_F(TensorboardBackend, LeavesOutWhatIsNoNumber) {
  const std::string before = content();
  backend_.add_scalars({{"name", "lenet"}, {"nothing", State()}}, 1);
  EXPECT_EQ(content(), before);
}

TEST_F(TensorboardBackend, IsReadByTensorBoard) {
  const char* python = std::getenv("MILLRACE_TENSORBOARD_PYTHON");
  if (!python) GTEST_SKIP() << "MILLRACE_TENSORBOARD_PYTHON names no Python that has tensorboard";
  backend_.add_config("lr = 0.1");
  for (int64_t step = 1; step <= 3; ++step)
    backend_.add_scalars({{"loss", 1.0 / static_cast<double>(step)}, {"done", step == 3}, {"name", "x"}}, step);
  backend_.add_image("val/0", RgbImage(6, 4, {10, 20, 30}), 2);
  backend_.add_text("test/classes", "| a |\n|---|", 0);
  backend_.close();

  const ProcessResult read = run_process({python, source_path("/tests/vis/read_events.py"), folder_ / "vis_data"});
  ASSERT_EQ(read.exit_code, 0) << read.error;
  for (const char* line :
       {"scalar loss 1 1.0\n", "scalar loss 2 0.5\n", "scalar done 3 1.0\n", "image val/0 2 6 4 b'\\x89PNG'\n",
        "text config 0 b'```python\\nlr = 0.1\\n```'\n", "text test/classes 0 b'| a |\\n|---|'\n"})
    EXPECT_THAT(read.output, HasSubstr(line));
  EXPECT_THAT(read.output, Not(HasSubstr("name")));
}

}  // namespace
}  // namespace millrace
