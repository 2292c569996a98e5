#include "millrace/vis/local_vis_backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/tensor/json.h"

namespace millrace {

namespace {

constexpr size_t kManyBytes = 1 << 16;

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
  std::filesystem::create_directories(folder / "vis_data");
  path_ = folder / "vis_data" / options_.scalar_save_file;
  reopen();
}

void LocalVisBackend::reopen() {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw Error(path_.string() + ": cannot be opened for writing: " + std::strerror(errno));
}

void LocalVisBackend::add_scalars(const ScalarRecord& record, int64_t step) {
  if (file_ < 0) reopen();  // a run that was closed may be followed by another call of its Runner
  append_json_line(lines_, record, step);
  lines_ += '\n';
  if (lines_.size() >= kManyBytes) flush();
}

void LocalVisBackend::flush() {
  size_t done = 0;
  const std::string lines = std::exchange(lines_, {});
  while (done < lines.size()) {
    const ssize_t written = ::write(file_, lines.data() + done, lines.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Error(path_.string() + ": cannot be written: " + std::strerror(errno));
    done += static_cast<size_t>(written);
  }
}

State LocalVisBackend::position() const {
  if (file_ < 0) return {};
  return static_cast<int64_t>(std::filesystem::file_size(path_));
}

void LocalVisBackend::rewind(const State& position) {
  if (position.is_none() || file_ < 0) return;
  flush();
  const auto size = static_cast<std::uintmax_t>(position.integer());
  // A shorter file is one that somebody edited: what is there stays.
  if (size < std::filesystem::file_size(path_)) std::filesystem::resize_file(path_, size);
}

void LocalVisBackend::close() {
  if (file_ < 0) return;
  struct Closed {
    int& file;
    ~Closed() {
      ::close(file);
      file = -1;
    }
  } closed{file_};
  flush();
}

MILLRACE_REGISTER(VisBackend, LocalVisBackend);

}  // namespace millrace
