#include "millrace/io/atomic_file.h"

#include <filesystem>

#include "millrace/base/error.h"

namespace millrace::io {
namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string partial_path_of(const std::string& path) {
  const std::filesystem::path place(path);
  return (place.parent_path() / ("." + place.filename().string() + ".partial")).string();
}

}  // namespace

AtomicFile::AtomicFile(std::string path, FileSystem& files)
    : path_(std::move(path)), partial_path_(partial_path_of(path_)), files_(files) {
  if (std::filesystem::path(path_).filename().empty())
    throw Error(Place(path_), "is the name of a folder, not of a file");
  const FileSystem::Kind kind = files_.kind(path_);
  if (kind == FileSystem::Kind::folder) throw Error(Place(path_), "is a folder, not a file");
  is_stream_ = kind == FileSystem::Kind::stream;
  output_ = is_stream_ ? files_.open_stream(path_) : create_partial();
}

std::unique_ptr<OutputFile> AtomicFile::create_partial() {
  try {
    return files_.create(partial_path_);
  } catch (const Error&) {
    const std::string folder = folder_of(path_);
    const FileSystem::Kind kind = files_.kind(folder);
    if (kind == FileSystem::Kind::folder) throw;
    if (kind != FileSystem::Kind::nothing) throw Error(Place(path_), folder + " is not a folder");
    throw Error(Place(path_), "the folder " + folder + " does not exist").help("mkdir -p " + folder);
  }
}

AtomicFile::~AtomicFile() {
  if (is_committed_ || is_stream_) return;
  try {
    files_.remove(partial_path_);
  } catch (const std::exception&) {  // an exception may be on its way already: the partial file stays
  }
}

void AtomicFile::write(std::string_view data) { output_->write(data); }

void AtomicFile::commit(const std::function<void(const InputFile&)>& check) {
  if (is_stream_) return output_.reset();
  output_->sync();
  if (check) check(*files_.open(partial_path_));
  files_.rename(partial_path_, path_);
  is_committed_ = true;
  files_.sync_folder(folder_of(path_));
  output_.reset();
}

void write_atomically(const std::string& path, std::string_view content, FileSystem& files) {
  AtomicFile file(path, files);
  file.write(content);
  file.commit();
}

void write_atomically(const std::string& path, const std::function<void(OutputFile&)>& writer, FileSystem& files) {
  AtomicFile file(path, files);
  writer(file.output());
  file.commit();
}

void remove_file(const std::string& path, FileSystem& files) {
  files.remove(path);
  files.sync_folder(folder_of(path));
}

}  // namespace millrace::io
