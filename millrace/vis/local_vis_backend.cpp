#include "millrace/vis/local_vis_backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "millrace/base/error.h"
#include "millrace/tensor/json.h"

namespace millrace {

std::string json_line(const ScalarRecord& record, int64_t step) {
  std::string line = "{";
  for (const auto& [name, value] : record) {
    if (line.size() > 1) line += ", ";
    append_json_string(line, name);
    line += ": ";
    append_json(line, value);
  }
  if (line.size() > 1) line += ", ";
  line += "\"step\": " + std::to_string(step) + "}";
  return line;
}

LocalVisBackend::LocalVisBackend(Options options) : options_(checked<LocalVisBackend>(std::move(options))) {}

LocalVisBackend::~LocalVisBackend() {
  if (file_ >= 0) ::close(file_);
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
  line_ = json_line(record, step);
  line_ += '\n';
  size_t done = 0;
  while (done < line_.size()) {
    const ssize_t written = ::write(file_, line_.data() + done, line_.size() - done);
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
  const auto size = static_cast<std::uintmax_t>(position.integer());
  // A shorter file is one that somebody edited: what is there stays.
  if (size < std::filesystem::file_size(path_)) std::filesystem::resize_file(path_, size);
}

void LocalVisBackend::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

MILLRACE_REGISTER(VisBackend, LocalVisBackend);

}  // namespace millrace
