#include "millrace/data/imaging.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>

#include "millrace/base/error.h"
#include "millrace/io/file.h"

namespace millrace {

namespace {

constexpr const char* kImagingFile = "libmillrace_imaging.so";
constexpr int64_t kLargestImageFile = int64_t{1} << 30;
std::atomic<const Imaging*> installed_imaging = nullptr;

std::string folder_of_engine() {
  static const int inside = 0;
  Dl_info info{};
  MILLRACE_ASSERT(dladdr(&inside, &info) != 0 && info.dli_fname, "the engine does not know its own file");
  return std::filesystem::path(info.dli_fname).parent_path().lexically_normal().string();
}

const Imaging& load_imaging() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (const Imaging* library = installed_imaging) return *library;
  const std::string folder = folder_of_engine();
  const std::string path = folder.empty() ? kImagingFile : folder + "/" + kImagingFile;
  if (!folder.empty() && !io::file_exists(path))
    throw Error("images can't be read or resized: this Millrace was built without its imaging library")
        .note("no " + path)
        .help(
            "-DMILLRACE_IMAGING=ON when it is built, with the packages libturbojpeg0-dev and libopencv-imgcodecs-dev");
  if (!dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    const char* reason = dlerror();
    throw Error("images can't be read or resized: the imaging library can't be loaded").note(reason ? reason : path);
  }
  if (!installed_imaging) throw Error(Place(path), "this is not the imaging library of this Millrace");
  return *installed_imaging;
}

}  // namespace

const Imaging& imaging() {
  const Imaging* library = installed_imaging;
  return library ? *library : load_imaging();
}

at::Tensor read_image(const std::string& path, const ImageReading& reading) {
  return imaging().decode(io::read_file(path, kLargestImageFile), path, reading);
}

ImageSize read_image_size(const std::string& path, const ImageReading& reading) {
  constexpr int64_t kBeginning = int64_t{1} << 16;
  const std::unique_ptr<io::InputFile> file = io::open_file(path);
  std::string content(static_cast<size_t>(std::min(kBeginning, file->size_bytes())), '\0');
  file->read_at(0, content);
  std::optional<ImageSize> size = imaging().size(content, path, reading);
  if (!size && file->size_bytes() > kBeginning)
    size = imaging().size(io::read_file(path, kLargestImageFile), path, reading);
  if (!size) throw Error(Place(path), "damaged: its header gives no size of an image");
  return *size;
}

void install_imaging(const Imaging& library) { installed_imaging = &library; }

}  // namespace millrace
