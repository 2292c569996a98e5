#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "millrace/io/file.h"

namespace millrace::io {

/// A file that is being written, from its beginning on.
class OutputFile {
 public:
  virtual ~OutputFile() = default;  // closes, without a sync
  virtual void write(std::string_view data) = 0;
  /// Returns when everything written would survive a loss of power.
  virtual void sync() = 0;
};

/// The operations that make a file appear whole or not at all. There are two: the disk, and in tests one that loses
/// what was not synced and stops at a given operation. All throw Error with the path.
class FileSystem {
 public:
  /// What a path is, after following links. A stream is written to and never replaced: a device, a pipe, a socket, or
  /// an open descriptor of a process (/dev/stdout), even if that is a file.
  enum class Kind { nothing, file, folder, stream };

  virtual ~FileSystem() = default;
  virtual Kind kind(const std::string& path) = 0;
  /// Opens a stream; waits for the reader of a pipe.
  virtual std::unique_ptr<OutputFile> open_stream(const std::string& path) = 0;
  /// Makes the file, or empties an existing one; throws Error if another process is writing it.
  virtual std::unique_ptr<OutputFile> create(const std::string& path) = 0;
  virtual std::unique_ptr<InputFile> open(const std::string& path) = 0;
  /// Replaces what is at `to`.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file; no error if it does not exist.
  virtual void remove(const std::string& path) = 0;
  /// Makes renames and removals in a folder survive a loss of power.
  virtual void sync_folder(const std::string& path) = 0;
};

/// The files of this machine. Stateless: any number of threads may use it.
FileSystem& disk();

}  // namespace millrace::io
