#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "millrace/vis/append_file.h"
#include "millrace/vis/vis_backend.h"

namespace millrace {

/// A backend that writes one record after the other into one file, which a resumed run continues.
///
/// Records are written whole: at flush(), or when many are waiting. Records that can't be written at the end (a full
/// disk) are lost.
class FileVisBackend : public VisBackend {
 public:
  ~FileVisBackend() override;

  void flush() final;
  State position() const final;
  void rewind(const State& position) final;
  void close() final;

 protected:
  /// Makes the file and the folders above it if they do not exist.
  void open_file(const std::filesystem::path& path);
  /// Opens the file again if it is closed: another call of the Runner may follow a run.
  void add_record(std::string_view record);
  bool is_empty() const { return file_.size_bytes() == 0 && records_.empty(); }

 private:
  AppendFile file_;
  std::string records_;  // not written yet
};

}  // namespace millrace
