#include "millrace/data/transforms/load_image_from_file.h"

#include <fmt/format.h>

#include "millrace/data/channel_order.h"
#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

using Color = ImageReading::Color;

/// Other places than the disk need a client that is not there.
void check_is_local(const char* key, const Value& arguments, Complaints& complaints) {
  if (arguments.is_null()) return;
  const Value* backend = arguments.is_dict() ? arguments.as_dict().find("backend") : nullptr;
  if (arguments.is_dict() && !backend) return;
  if (backend && backend->is_string() && (backend->as_string() == "local" || backend->as_string() == "disk")) return;
  complaints.add(key, fmt::format("images are read from local files, not by {}", arguments.repr()))
      .help("backend_args=None");
}

}  // namespace

void LoadImageFromFile::check(const Options& options, Complaints& complaints) {
  if (!options.file_client_args.is_null() && !options.backend_args.is_null())
    complaints.add("file_client_args", "file_client_args and backend_args are two spellings of one key");
  check_is_local("file_client_args", options.file_client_args, complaints);
  check_is_local("backend_args", options.backend_args, complaints);
  if (options.imdecode_backend == Backend::turbojpeg && options.color_type == Color::unchanged)
    complaints.add("color_type", "imdecode_backend='turbojpeg' supports only the color_type 'color' and 'grayscale'");
}

LoadImageFromFile::LoadImageFromFile(Options options) {
  options = checked<LoadImageFromFile>(std::move(options));
  to_float32_ = options.to_float32;
  ignore_empty_ = options.ignore_empty;
  reading_.color = options.color_type;
  if (options.imdecode_backend == Backend::tifffile) reading_ = {Color::unchanged, ImageReading::Order::rgb};
  if (options.imdecode_backend == Backend::turbojpeg) {
    const bool is_gray =
        options.color_type == Color::grayscale || options.color_type == Color::grayscale_ignore_orientation;
    reading_.color = is_gray ? Color::grayscale_ignore_orientation : Color::color_ignore_orientation;
  }
  (void)imaging();  // throws at once if it is missing
}

void LoadImageFromFile::apply(Sample& sample, Rng&) const {
  at::Tensor image;
  try {
    image = read_image(sample.string(keys::img_path), reading_);
  } catch (const Error& error) {
    if (ignore_empty_) throw EmptySample(error);
    throw;
  }
  if (to_float32_) image = image.to(at::kFloat);
  const State shape = State::tuple({image.size(0), image.size(1)});
  sample.set(keys::img, std::move(image));
  sample.set(keys::img_shape, shape);
  sample.set(keys::ori_shape, shape);
  set_channel_order(sample, reading_.order);
}

std::shared_ptr<const LoadImageFromFile> loading_in(std::span<const Component<Transform>> transforms) {
  for (const Component<Transform>& transform : transforms)
    if (auto loading = std::dynamic_pointer_cast<const LoadImageFromFile>(transform.build())) return loading;
  return nullptr;
}

MILLRACE_REGISTER(Transform, LoadImageFromFile);

}  // namespace millrace
