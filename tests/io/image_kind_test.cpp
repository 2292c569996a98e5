#include "millrace/io/image_kind.h"

#include <gmock/gmock.h>

#include <utility>

namespace millrace::io {
namespace {

using std::string_literals::operator""s;

TEST(ImageKind, IsNamedByTheFirstBytes) {
  const std::pair<std::string, const char*> table[] = {
      {"GIF89a.....", "a GIF image"},
      {"\0\0\0\x18"s + "ftypheic\0\0\0\0"s, "a HEIC image"},
      {"\0\0\0\x18"s + "ftypmif1\0\0\0\0"s, "a HEIC image"},
      {"\0\0\0\x20"s + "ftypavif\0\0\0\0"s, "an AVIF image"},
      {"\0\0\0\x20"s + "ftypisom\0\0\0\0"s, "a video, or another media file"},
      {"RIFF\x70\0\0\0WEBPVP8X\x0A\0\0\0\x12\0\0\0"s, "an animated WebP image"},
      {"II+\0\x08\0\0\0"s, "a BigTIFF image"},
      {"<html><head>", "a web page"},
      {" \n<!DOCTYPE HTML>", "a web page"},
      {"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, not the file itself"},
      {"P6\n12 12\n", "a PNM image"},
  };
  for (const auto& [head, name] : table) {
    EXPECT_EQ(unread_kind(head), name);
    EXPECT_EQ(begins_as_image(head), head.starts_with("RIFF")) << name;
  }
}

TEST(ImageKind, IsNotNamedWhereItIsRead) {
  for (const std::string& head : {"\xFF\xD8\xFF\xE0...."s, "\x89PNG\r\n\x1A\n"s, "BM...."s, "II*\0...."s, "MM\0*...."s,
                                  "RIFF\x70\0\0\0WEBPVP8X\x0A\0\0\0\x08\0\0\0"s, "RIFF\x70\0\0\0WEBPVP8 ...."s}) {
    EXPECT_EQ(unread_kind(head), "") << head;
    EXPECT_TRUE(begins_as_image(head)) << head;
  }
  for (const std::string& head : {""s, "RIFF"s, "Lorem ipsum"s}) {
    EXPECT_EQ(unread_kind(head), "") << head;
    EXPECT_FALSE(begins_as_image(head)) << head;
  }
}

}  // namespace
}  // namespace millrace::io
