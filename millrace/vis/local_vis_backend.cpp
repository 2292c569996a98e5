#include "millrace/vis/local_vis_backend.h"

#include <utility>

#include "millrace/base/error.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/tensor/json.h"

namespace millrace {

namespace {

constexpr size_t kManyBytes = 1 << 16;

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

LocalVisBackend::~LocalVisBackend() {
  try {
    close();
  } catch (const Error&) {  // what is left is lost with the disk that refuses it
  }
}

void LocalVisBackend::open(const std::filesystem::path& folder) {
  folder_ = folder / "vis_data";
  std::filesystem::create_directories(folder_);
  file_.open(folder_ / options_.scalar_save_file);
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
  if (!file_.is_open())
    file_.open(file_.path());  // a run that was closed may be followed by another call of its Runner
  append_json_line(lines_, record, step);
  lines_ += '\n';
  if (lines_.size() >= kManyBytes) flush();
}

void LocalVisBackend::flush() { file_.append(std::exchange(lines_, {})); }

std::optional<std::filesystem::path> LocalVisBackend::scalars_file() const { return file_.path(); }

State LocalVisBackend::position() const { return file_.is_open() ? State(file_.size_bytes()) : State(); }

void LocalVisBackend::rewind(const State& position) {
  if (position.is_none() || !file_.is_open()) return;
  flush();
  file_.cut(position.integer());
}

void LocalVisBackend::close() {
  if (!file_.is_open()) return;
  struct Closed {
    AppendFile& file;
    ~Closed() { file.close(); }
  } closed{file_};
  flush();
}

MILLRACE_REGISTER(VisBackend, LocalVisBackend);

}  // namespace millrace
