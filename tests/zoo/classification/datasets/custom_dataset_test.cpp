#include "millrace/zoo/classification/datasets/custom_dataset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/data_loader.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/samplers/aspect_ratio_batch_sampler.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/transforms/load_image_from_file.h"
#include "millrace/io/file.h"
#include "millrace/zoo/classification/datasets/labelled_images.h"
#include "millrace/zoo/classification/keys.h"
#include "tests/data/golden_image.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/scratch_folder.h"

namespace millrace::classification {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

class ImageFolder : public NeedsImaging {
 protected:
  void write(const std::string& name, const std::string& content = "") { folder_.write(name, content); }
  /// "path label" of every sample, paths below the scratch folder.
  std::vector<std::string> samples(const Dataset& data) {
    std::vector<std::string> lines;
    for (int64_t i = 0; i < data.size(); ++i) {
      const Sample sample = data.get(i);
      const std::string path = fs::relative(sample.string(keys::img_path), folder_.path()).string();
      lines.push_back(path + (sample.has(keys::gt_label) ? " " + std::to_string(sample.integer(keys::gt_label)) : ""));
    }
    return lines;
  }
  ScratchFolder folder_;
};

TEST_F(ImageFolder, HasAClassForEachFolder) {
  for (const char* name : {"b/2.png", "b/1.JPG", "b/notes.txt", "a/deep/er/x.jpeg", "a/z.webp", ".hidden/y.jpg"})
    write(name);
  const CustomDataset data({.data_root = folder_.path()});
  EXPECT_THAT(samples(data), ElementsAre("a/deep/er/x.jpeg 0", "a/z.webp 0", "b/1.JPG 1", "b/2.png 1"));
  EXPECT_EQ(data.meta().at("classes").items()[1].string(), "b");
  EXPECT_THAT(samples(CustomDataset(
                  {.data_root = folder_.path(), .data_prefix = CustomDataset::Prefix{"b"}, .with_label = false})),
              ElementsAre("b/1.JPG", "b/2.png"));
  EXPECT_THAT(samples(CustomDataset({.data_root = folder_.path(), .common = {.indices = int64_t{-1}}})),
              ElementsAre("b/2.png 1"));
}

TEST_F(ImageFolder, IsReadFromAList) {
  write("train.txt", "images/cat 1.jpg 3\r\n\nimages/dog.jpg\t0\n");
  const CustomDataset data({.data_root = folder_.path(), .ann_file = "train.txt"});
  EXPECT_THAT(samples(data), ElementsAre("images/cat 1.jpg 3", "images/dog.jpg 0"));
  EXPECT_EQ(data.meta().find("classes"), nullptr);
  write("names.txt", "u\nv\nw\n");
  EXPECT_THAT(
      [&] { CustomDataset({.data_root = folder_.path(), .ann_file = "train.txt", .classes = folder_ / "names.txt"}); },
      ThrowsMessage<Error>(folder_ / "train.txt: 'images/cat 1.jpg' has the label 3, and there are 3 classes"));
}

TEST_F(ImageFolder, HasNoHiddenFilesAndCountsWhatItSkips) {
  for (const char* name : {"a/1.png", "a/2.JFIF", "a/._1.png", "a/.ipynb_checkpoints/1-checkpoint.png", "a/3.heic",
                           "__MACOSX/a/1.png", "readme.txt"})
    write(name);
  const CustomDataset data({.data_root = folder_.path()});
  EXPECT_THAT(samples(data), ElementsAre("a/1.png 0", "a/2.JFIF 0"));
  EXPECT_THAT(data.notices(), ElementsAre(folder_.path().string() + ": 2 files skipped: 1 .heic, 1 .txt"));
  const CustomDataset plain({.data_root = folder_ / "a", .with_label = false});
  EXPECT_EQ(plain.size(), 2);
  EXPECT_THAT(plain.notices(), ElementsAre(folder_ / "a: 1 file skipped: 1 .heic"));
}

TEST_F(ImageFolder, KeepsAbsolutePathsOfAList) {
  write("list.txt", "/elsewhere/a.jpg 0\nb.jpg 1\n");
  const CustomDataset data({.data_root = folder_.path(), .data_prefix = "images", .ann_file = "list.txt"});
  EXPECT_EQ(data.get(0).string(keys::img_path), "/elsewhere/a.jpg");
  EXPECT_EQ(data.get(1).string(keys::img_path), folder_ / "images/b.jpg");
}

TEST_F(ImageFolder, IsMatchedWithTheNamesOfItsClasses) {
  for (const char* name : {"cow/1.png", "ant/1.png"}) write(name);
  const auto with = [&](std::vector<std::string> classes) {
    return CustomDataset({.data_root = folder_.path(), .classes = std::move(classes)});
  };
  EXPECT_THAT(samples(with({"cow", "bee", "ant"})), ElementsAre("ant/1.png 2", "cow/1.png 0"));
  const CustomDataset renamed = with({"Ameise", "Kuh"});
  EXPECT_THAT(samples(renamed), ElementsAre("ant/1.png 0", "cow/1.png 1"));
  EXPECT_THAT(renamed.notices(),
              ElementsAre(folder_.path().string() + ": the classes are new names for the folders, in "
                                                    "alphabetical order: ant is 'Ameise' and so on"));
  EXPECT_THAT(
      [&] {
        with({"ant", "bee", "caw"});
      },
      ThrowsMessage<Error>(folder_ / "cow: 'cow' is not among the classes; did you mean 'caw'?\n"
                                     "  classes: ant, bee, caw"));
  CustomDataset data({.data_root = folder_.path()});
  ASSERT_TRUE(data.follow(meta_of_classes({"ant", "bee", "cow"})));
  EXPECT_THAT(samples(data), ElementsAre("ant/1.png 0", "cow/1.png 2"));
  EXPECT_EQ(data.meta().at("classes").items().size(), 3U);
}

TEST_F(ImageFolder, HasListsWithNamesOfClasses) {
  write("list.txt", "a 1.png wood ant\nb.png ant\nc.png 0\n");
  write("wrong.txt", "a.png ant\nb.png and\n");
  const auto list = [&](const std::string& name) {
    return CustomDataset(
        {.data_root = folder_.path(), .ann_file = name, .classes = std::vector<std::string>{"ant", "wood ant"}});
  };
  EXPECT_THAT(samples(list("list.txt")), ElementsAre("a 1.png 1", "b.png 0", "c.png 0"));
  EXPECT_THAT([&] { list("wrong.txt"); },
              ThrowsMessage<Error>(folder_ / "wrong.txt:2: a line is \"path label\", got \"b.png and\"\n"
                                             "  a label is a number or one of: ant, wood ant"));
}

TEST_F(ImageFolder, HasListsThatAreTextFromAnywhere) {
  write("bom.txt", "\xEF\xBB\xBFmäx.jpg 1\rb.jpg 0\r\n");
  write("wide.txt", std::string("\xFF\xFE"
                                "b\0 \0001\0",
                                8));
  write("latin.txt", "m\xE4x.jpg 1\n");
  write("names.txt", "S\xE4ge\r\n\r\nRad\n");
  const auto list = [&](const std::string& name) {
    return CustomDataset::Options{.data_root = folder_.path(), .ann_file = name};
  };
  EXPECT_THAT(samples(CustomDataset(list("bom.txt"))), ElementsAre("mäx.jpg 1", "b.jpg 0"));
  EXPECT_THAT(samples(CustomDataset(list("wide.txt"))), ElementsAre("b 1"));
  EXPECT_THAT([&] { CustomDataset(list("latin.txt")); },
              ThrowsMessage<Error>(folder_ / "latin.txt:1:2: this is not UTF-8 text\n"
                                             "  encodings: utf-8, latin-1, cp1252, utf-16, utf-16-le, utf-16-be\n"
                                             "  help: encoding='latin-1'"));
  CustomDataset::Options options = list("latin.txt");
  options.classes = folder_ / "names.txt";
  options.encoding = "latin-1";
  const CustomDataset data(options);
  EXPECT_THAT(samples(data), ElementsAre("mäx.jpg 1"));
  EXPECT_EQ(data.meta().at("classes").items()[0].string(), "Säge");
  EXPECT_EQ(data.meta().at("classes").items().size(), 2U);
}

TEST_F(ImageFolder, SaysWhatIsWrongWithIt) {
  const auto error_of = [&](CustomDataset::Options options) -> std::string {
    try {
      CustomDataset{options};
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string root = folder_.path().string();
  EXPECT_EQ(error_of({.data_root = root + "/no"}),
            root + "/no: no such folder\n  help: data_root='FOLDER', which holds the images");
  EXPECT_EQ(error_of({}), "a dataset of images needs data_root, data_prefix or ann_file\n  help: data_root='FOLDER'");
  EXPECT_EQ(error_of({.data_root = root}),
            root +
                ": it holds no folders, which would be the classes\n"
                "  endings of images: .jpg, .jpeg, .jfif, .png, .webp, .bmp, .tif, .tiff\n"
                "  help: with_label=False for images of no class, ann_file='LIST' for a list");
  write("a/x.jpg");
  write("b/readme");
  EXPECT_EQ(error_of({.data_root = root}),
            root +
                "/b: a class without images\n"
                "  1 file skipped: 1 without an ending\n"
                "  endings of images: .jpg, .jpeg, .jfif, .png, .webp, .bmp, .tif, .tiff\n"
                "  remove the folder, or name more endings in extensions=[…]");
  EXPECT_EQ(
      error_of({.data_root = root + "/a", .with_label = false, .extensions = {".png"}}),
      root + "/a: it holds no images\n  endings of images: .png\n  help: extensions=['.ppm'] for images that end so");
  fs::remove_all(folder_.path() / "b");
  EXPECT_EQ(error_of({.data_root = root, .classes = std::vector<std::string>{"u", "v"}}),
            root + ": 1 folders for 2 classes\n  folders: a");
  write("list", "a.jpg 1\nb.jpg one\n");
  EXPECT_EQ(
      error_of({.data_root = root, .ann_file = "list"}),
      root +
          "/list:2: a line is \"path label\", got \"b.jpg one\"\n  help: with_label=False for a list of paths alone");
}

TEST_F(ImageFolder, KnowsTheSizesOfItsImagesByTheirHeaders) {
  write("a/0.png", io::read_file(golden_image_path("rgb.png")));
  write("a/1.jpg", io::read_file(golden_image_path("turned_6.jpg")));
  write("a/2.jpg", "no image");
  const ImageSize wide{21, 30}, high{30, 21};
  const CustomDataset data({.data_root = folder_.path()});
  EXPECT_EQ(data.size_of(0), wide);
  EXPECT_EQ(data.size_of(1), high);
  EXPECT_THAT(
      [&] { data.size_of(2); },
      ThrowsMessage<Error>(folder_ / "a/2.jpg: not an image that can be read: neither JPEG, PNG, WebP, BMP nor TIFF"));
  write("a/1.jpg", "gone");
  EXPECT_EQ(data.size_of(1), high);  // which is read once

  write("a/1.jpg", io::read_file(golden_image_path("turned_6.jpg")));
  const CustomDataset as_stored({.data_root = folder_.path(),
                                 .common = {.pipeline = {use<LoadImageFromFile>(
                                                {.color_type = ImageReading::Color::color_ignore_orientation})}}});
  EXPECT_EQ(as_stored.size_of(1), wide);
}

TEST_F(ImageFolder, IsCutIntoBatchesOfHighAndOfWideImages) {
  for (int i = 0; i < 4; ++i)
    write(fmt::format("a/{}.jpg", i), io::read_file(golden_image_path(i % 2 == 0 ? "rgb.jpg" : "turned_6.jpg")));
  DataLoader loader({.dataset = std::make_shared<CustomDataset>(CustomDataset::Options{
                         .data_root = folder_.path(), .common = {.pipeline = {use<LoadImageFromFile>()}}}),
                     .batch_size = 2,
                     .sampler = use<DefaultSampler>({.shuffle = false}),
                     .batch_sampler = use<AspectRatioBatchSampler>()});
  std::vector<std::vector<int64_t>> shapes;
  for (Batch& batch : loader.from(0)) shapes.push_back(batch.tensor(keys::img).sizes().vec());
  EXPECT_THAT(shapes, ElementsAre(ElementsAre(2, 21, 30, 3), ElementsAre(2, 30, 21, 3)));
}

TEST_F(ImageFolder, OfImageNetIsFoundBySplit) {
  for (const char* name : {"train/n01/a.JPEG", "val/n01/b.JPEG", "val/n02/c.JPEG", "test/d.JPEG"}) write(name);
  const auto part = [&](ImageNet::Split split) {
    return samples(ImageNet({.split = split, .files = {.data_root = folder_.path()}}));
  };
  EXPECT_THAT(part(ImageNet::Split::train), ElementsAre("train/n01/a.JPEG 0"));
  EXPECT_THAT(part(ImageNet::Split::val), ElementsAre("val/n01/b.JPEG 0", "val/n02/c.JPEG 1"));
  EXPECT_THAT(part(ImageNet::Split::test), ElementsAre("test/d.JPEG"));
  write("meta/val.txt", "n02/c.JPEG 7\n");
  EXPECT_THAT(part(ImageNet::Split::val), ElementsAre("val/n02/c.JPEG 7"));
}

TEST_F(ImageFolder, IsLoadedByTheConfigOfMMPretrain) {
  fs::create_directories(folder_.path() / "a");
  fs::copy_file(golden_image_path("rgb.jpg"), folder_.path() / "a/x.jpg");
  const auto dict = [](std::vector<std::pair<std::string, Value>> entries) {
    Value value = Value::dict();
    for (auto& [key, item] : entries) value.as_dict().set(key, item);
    return value;
  };
  const Value pipeline = Value::list(
      {dict({{"type", "LoadImageFromFile"}}),
       dict({{"type", "ResizeEdge"},
             {"scale", 16},
             {"edge", "short"},
             {"backend", "pillow"},
             {"interpolation", "bicubic"}}),
       dict({{"type", "RandomResizedCrop"}, {"scale", 12}}), dict({{"type", "CenterCrop"}, {"crop_size", 8}}),
       dict({{"type", "ColorJitter"}, {"brightness", 0.4}, {"hue", 0.1}}), dict({{"type", "PackInputs"}})});
  const auto data = Dataset::Registry::build(
      dict({{"type", "CustomDataset"}, {"data_root", folder_.path().string()}, {"pipeline", pipeline}}), "mmpretrain");
  const Sample sample = data->load(0, Rng(0, Mode::train, 0));
  EXPECT_THAT(sample.tensor(keys::img).sizes(), ElementsAre(3, 8, 8));
  EXPECT_TRUE(sample.find(keys::ori_shape)->equals(State::tuple({21, 30})));
  EXPECT_EQ(sample.integer(keys::gt_label), 0);
}

}  // namespace
}  // namespace millrace::classification
