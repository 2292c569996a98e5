#include "millrace/vis/local_vis_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/io/file.h"
#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

TEST(LocalVisBackend, WritesImagesTextsAndTheConfigIntoItsFolder) {
  const ScratchFolder folder;
  LocalVisBackend backend;
  backend.open(folder.path());
  const RgbImage image(3, 2, {1, 2, 3});
  backend.add_image("val/../0", image, 7);
  backend.add_text("test/classes", "some", 0);
  backend.add_config("lr = 1\n");
  EXPECT_EQ(io::read_file(folder / "vis_data/vis_image/val_.._0_7.png"), encode_png(image));
  EXPECT_EQ(io::read_file(folder / "vis_data/vis_text/test_classes_0.md"), "some");
  EXPECT_EQ(io::read_file(folder / "vis_data/config.py"), "lr = 1\n");
}

TEST(LocalVisBackend, WritesWholeRecordsIntoOneFileAtAFlush) {
  const ScratchFolder folder;
  const auto written = [&] { return io::read_file(folder / "vis_data/scalars.json"); };
  LocalVisBackend backend;
  backend.open(folder.path());
  backend.add_scalars({{"loss", 1.5}}, 1);
  backend.add_scalars({{"loss", 2.5}}, 2);
  EXPECT_EQ(written(), "");
  backend.flush();
  EXPECT_EQ(written(), "{\"loss\": 1.5, \"step\": 1}\n{\"loss\": 2.5, \"step\": 2}\n");
  backend.close();
  backend.add_scalars({{"loss", 3.5}}, 3);
  backend.flush();
  EXPECT_EQ(written(), "{\"loss\": 1.5, \"step\": 1}\n{\"loss\": 2.5, \"step\": 2}\n{\"loss\": 3.5, \"step\": 3}\n");
}

TEST(LocalVisBackend, CutsTheScalarsThatCameAfterAPosition) {
  const ScratchFolder folder;
  LocalVisBackend backend;
  backend.open(folder.path());
  backend.add_scalars({{"loss", 1.5}}, 1);
  backend.flush();
  const State position = backend.position();
  backend.add_scalars({{"loss", 2.5}}, 2);
  backend.rewind(position);
  backend.add_scalars({{"loss", 3.5}}, 2);
  backend.close();
  EXPECT_EQ(io::read_file(folder / "vis_data/scalars.json"),
            "{\"loss\": 1.5, \"step\": 1}\n{\"loss\": 3.5, \"step\": 2}\n");
}

}  // namespace
}  // namespace millrace
