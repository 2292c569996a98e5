#include "millrace/vis/local_vis_backend.h"

#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/tensor/json.h"

namespace millrace {

namespace {

/// A name that stays in its folder.
std::string file_stem_of(std::string name, int64_t step) {
  for (char& letter : name)
    if (letter == '/' || static_cast<unsigned char>(letter) < 0x20) letter = '_';
  if (name.starts_with('.')) name[0] = '_';
  return name + "_" + std::to_string(step);
}

}  // namespace

void append_json_line(std::string& out, const ScalarRecord& record, int64_t step) {
  out += '{';
  for (const auto& [name, value] : record) {
    append_json_string(out, name);
    out += ": ";
    append_json(out, value);
    out += ", ";
  }
  out += "\"step\": ";
  out += std::to_string(step);
  out += '}';
}

LocalVisBackend::LocalVisBackend(Options options) : options_(checked<LocalVisBackend>(std::move(options))) {}

void LocalVisBackend::open(const std::filesystem::path& folder) {
  folder_ = folder / "vis_data";
  open_file(folder_ / options_.scalar_save_file);
}

void LocalVisBackend::add_config(const std::string& text) {
  io::write_atomically((folder_ / options_.config_save_file).string(), text);
}

void LocalVisBackend::add_image(const std::string& name, const RgbImage& image, int64_t step) {
  io::make_folders((folder_ / options_.img_save_dir).string());
  const std::filesystem::path path = folder_ / options_.img_save_dir / (file_stem_of(name, step) + ".png");
  io::write_atomically(path.string(), encode_png(image));
}

void LocalVisBackend::add_text(const std::string& name, const std::string& text, int64_t step) {
  io::make_folders((folder_ / "vis_text").string());
  io::write_atomically((folder_ / "vis_text" / (file_stem_of(name, step) + ".md")).string(), text);
}

void LocalVisBackend::add_scalars(const ScalarRecord& record, int64_t step) {
  std::string line;
  append_json_line(line, record, step);
  add_record(line + '\n');
}

std::optional<std::filesystem::path> LocalVisBackend::scalars_file() const {
  return folder_ / options_.scalar_save_file;
}

MILLRACE_REGISTER(VisBackend, LocalVisBackend);

}  // namespace millrace
