#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "millrace/io/file_system.h"

namespace millrace::io {

/// A file that appears whole or not at all, even if the process or the machine stops at any moment.
///
///     AtomicFile file("work/iter_40.pth");
///     file.write(data);
///     file.commit();
///
/// Written as ".<name>.partial" beside its place, synced, renamed, and the folder synced. Without commit() the place
/// stays as it was. A partial file that a killed process left is overwritten by the next writer of the same name.
///
/// A stream (a device, a pipe, /dev/stdout) can't be replaced: it gets what is written at once, unchecked. Throws Error
/// if the path is a folder, or if the folder of the file does not exist.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path, FileSystem& files = disk());
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view data);
  OutputFile& output() { return *output_; }

  /// Puts the file in its place. Before that, `check` gets the file as a reader would; if it throws, so does commit(),
  /// and the place stays as it was.
  void commit(const std::function<void(const InputFile&)>& check = {});

 private:
  std::unique_ptr<OutputFile> create_partial();

  std::string path_;
  std::string partial_path_;
  FileSystem& files_;
  bool is_stream_ = false;
  std::unique_ptr<OutputFile> output_;
  bool is_committed_ = false;
};

/// Writes a small file as AtomicFile does.
void write_atomically(const std::string& path, std::string_view content, FileSystem& files = disk());

/// The same, with a function that writes the content.
void write_atomically(const std::string& path, const std::function<void(OutputFile&)>& writer,
                      FileSystem& files = disk());

/// Removes a file so that it stays removed after a loss of power.
void remove_file(const std::string& path, FileSystem& files = disk());

}  // namespace millrace::io
