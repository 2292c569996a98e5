#include "millrace/infer/given_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/data/channel_order.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/imaging.h"
#include "millrace/data/transforms/load_image_from_file.h"

namespace millrace {
namespace {

at::Tensor checked_image(at::Tensor image) {
  const bool is_image = image.defined() && image.scalar_type() == at::kByte &&
                        (image.dim() == 2 || (image.dim() == 3 && image.size(2) >= 1 && image.size(2) <= 4)) &&
                        image.numel() > 0;
  if (is_image) return image.dim() == 2 ? image.unsqueeze(2).cpu() : image.cpu();
  if (!image.defined()) throw Error("an image is a tensor (H, W, C) of uint8, this one is empty");
  Error error(fmt::format("an image is a tensor (H, W, C) of uint8 with 1 to 4 channels, got ({}) of {}",
                          fmt::join(image.sizes(), ", "), image.dtype().name()));
  if (image.dim() == 3 && image.size(0) <= 4) error.help("image.permute({1, 2, 0})");
  throw error;
}

/// As datasets that hold their images give them: grey, or red, green and blue.
at::Tensor image_as_it_is(const std::string& path) {
  const at::Tensor image =
      read_image(path, {.color = ImageReading::Color::unchanged, .order = ImageReading::Order::rgb});
  if (image.scalar_type() != at::kByte) return read_image(path, {.order = ImageReading::Order::rgb});
  return image.size(2) == 4 ? image.narrow(2, 0, 3).contiguous() : image;
}

Sample sample_of(at::Tensor image, const std::string& path, ImageReading::Order order) {
  Sample sample;
  const State shape = State::tuple({image.size(0), image.size(1)});
  sample.set(keys::img_path, path);
  sample.set(keys::img, std::move(image));
  sample.set(keys::img_shape, shape);
  sample.set(keys::ori_shape, shape);
  set_channel_order(sample, order);
  return sample;
}

}  // namespace

InferencePipeline::InferencePipeline(const std::vector<Component<Transform>>& transforms) {
  std::vector<Component<Transform>> all, rest;
  for (const Component<Transform>& transform : transforms) {
    const std::shared_ptr<Transform> built = transform.build();
    all.emplace_back(built);
    if (const auto* loading = dynamic_cast<const LoadImageFromFile*>(built.get())) order_ = loading->reading().order;
    else rest.emplace_back(built);
  }
  whole_ = Pipeline(all);
  without_loading_ = Pipeline(rest);
}

Sample InferencePipeline::apply(const InferenceInput& input, const Rng& rng) const {
  Sample sample;
  const Pipeline* pipeline = &without_loading_;
  if (const auto* path = std::get_if<std::string>(&input)) {
    if (order_) {
      pipeline = &whole_;
      sample.set(keys::img_path, *path);
    } else {
      sample = sample_of(image_as_it_is(*path), *path, ImageReading::Order::rgb);
    }
  } else if (const auto* image = std::get_if<at::Tensor>(&input)) {
    // A path, too, so that files and images may share a batch.
    sample = sample_of(checked_image(*image), "", order_.value_or(ImageReading::Order::rgb));
  } else {
    pipeline = &whole_;
    sample = std::get<Sample>(input);
  }
  pipeline->apply(sample, rng);
  return sample;
}

Sample GivenInputs::get(int64_t) const { MILLRACE_ASSERT(false, "inputs are given out with their transforms done"); }

Sample GivenInputs::load(int64_t index, const Rng& rng) const {
  const InferenceInput& input = inputs_[static_cast<size_t>(index)];
  try {
    return pipeline_.apply(input, rng);
  } catch (Error& error) {
    const auto* path = std::get_if<std::string>(&input);
    if (path && std::string_view(error.what()).find(*path) == std::string_view::npos)
      error.note("while reading " + *path);
    throw;
  }
}

}  // namespace millrace
