#include "millrace/vis/file_vis_backend.h"

#include <utility>

#include "millrace/base/error.h"

namespace millrace {

FileVisBackend::~FileVisBackend() {
  try {
    FileVisBackend::close();
  } catch (const Error&) {  // see the class
  }
}

void FileVisBackend::open_file(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  file_.open(path);
}

void FileVisBackend::add_record(std::string_view record) {
  constexpr size_t kMany = 1 << 16;  // bytes
  if (!file_.is_open()) file_.open(file_.path());
  records_ += record;
  if (records_.size() >= kMany) flush();
}

void FileVisBackend::flush() { file_.append(std::exchange(records_, {})); }

State FileVisBackend::position() const { return file_.is_open() ? State(file_.size_bytes()) : State(); }

void FileVisBackend::rewind(const State& position) {
  if (position.is_none() || !file_.is_open()) return;
  flush();
  file_.cut(position.integer());
}

void FileVisBackend::close() {
  if (!file_.is_open()) return;
  struct Closed {
    AppendFile& file;
    ~Closed() { file.close(); }
  } closed{file_};
  flush();
}

}  // namespace millrace
