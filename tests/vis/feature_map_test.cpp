#include "millrace/vis/feature_map.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "millrace/picture/ink.h"
#include "tests/support/places.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

at::Tensor map_of(const json& nested) {
  std::vector<float> values;
  for (const json& channel : nested)
    for (const json& row : channel)
      for (const json& value : row) values.push_back(value.get<float>());
  const auto size = [](const json& list) { return static_cast<int64_t>(list.size()); };
  return at::tensor(values).view({size(nested), size(nested[0]), size(nested[0][0])});
}

std::vector<uint8_t> bytes_of(const json& nested) {
  std::vector<uint8_t> bytes;
  for (const json& row : nested)
    for (const json& pixel : row)
      for (const json& byte : pixel) bytes.push_back(byte.get<uint8_t>());
  return bytes;
}

RgbImage drawn_as(const std::string& name, const at::Tensor& map) {
  const RgbImage grey(4, 3, {100, 100, 100}), wide(8, 6, {100, 100, 100});
  if (name == "select_max") return draw_featmap(map, {.channel_reduction = ChannelReduction::select_max});
  if (name == "resized") return draw_featmap(map, {.resize_shape = {{2, 2}}});
  if (name == "overlaid") return draw_featmap(map, grey, {.alpha = 0.25});
  if (name == "overlaid_larger") return draw_featmap(map, wide, {.alpha = 0.25});
  if (name == "overlaid_resized") return draw_featmap(map, wide, {.resize_shape = {{3, 4}}, .alpha = 0.5});
  if (name == "three_channels") return draw_featmap(map, {.channel_reduction = std::nullopt, .topk = -1});
  if (name == "one_channel") return draw_featmap(map, {.channel_reduction = std::nullopt, .topk = 0});
  return draw_featmap(map);  // "mean", "flat"
}

TEST(FeatureMap, EqualsReference) {
  std::ifstream file(source_path("/tests/vis/feature_maps.json"));  // by make_feature_maps.py
  const json cases = json::parse(file);
  ASSERT_EQ(cases.size(), 9);
  for (const json& one : cases) {
    const auto name = one.at("name").get<std::string>();
    EXPECT_EQ(drawn_as(name, map_of(one.at("map"))).bytes(), bytes_of(one.at("image"))) << name;
  }
}

TEST(FeatureMap, PutsTheLargestChannelsBesideEachOther) {
  at::Tensor map = at::zeros({3, 40, 90});
  for (int64_t c = 0; c < 3; ++c) map[c].narrow(0, 20, 20).fill_(c == 0 ? 1 : 10 * c);  // the last has the largest sum
  map[1].fill_(15)[39][89].fill_(0);                                                    // now it is this one
  const RgbImage sheet = draw_featmap(map, {.channel_reduction = std::nullopt, .topk = 2, .arrangement = {2, 2}});
  EXPECT_EQ(sheet.width(), 180);
  EXPECT_EQ(sheet.height(), 80);
  EXPECT_EQ(sheet.pixel(89, 39), jet(0));  // channel 1
  EXPECT_EQ(sheet.pixel(88, 39), jet(255));
  EXPECT_EQ(sheet.pixel(90, 19), jet(0));  // channel 2
  EXPECT_EQ(sheet.pixel(90, 20), jet(255));
  EXPECT_EQ(sheet.pixel(10, 50), (Rgb{255, 255, 255}));
}

TEST(FeatureMap, SaysWhatDoesNotFit) {
  EXPECT_THAT(
      [] {
        draw_featmap(at::ones({2, 2}));
      },
      ThrowsMessage<Error>(HasSubstr("a feature map is (C, H, W), not (2, 2)")));
  EXPECT_THAT(
      [] {
        draw_featmap(at::ones({9, 2, 2}), {.channel_reduction = std::nullopt, .topk = 3, .arrangement = {1, 2}});
      },
      ThrowsMessage<Error>(HasSubstr("an arrangement of 1x2 has no place for 3 channels")));
  EXPECT_THAT(
      [] {
        draw_featmap(at::ones({2, 2, 2}), {.channel_reduction = std::nullopt, .topk = 0});
      },
      ThrowsMessage<Error>(HasSubstr("a feature map that is drawn as it is has 1 or 3 channels, not 2")));
  EXPECT_THAT(
      [] {
        draw_featmap(at::ones({1, 2, 2}) * std::numeric_limits<double>::infinity());
      },
      ThrowsMessage<Error>(HasSubstr("a feature map has values that are not finite")));
}

}  // namespace
}  // namespace millrace
