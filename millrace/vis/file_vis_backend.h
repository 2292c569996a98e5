#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "millrace/vis/append_file.h"
#include "millrace/vis/vis_backend.h"

namespace millrace {

/// A backend that writes one record after the other into one file, which a resumed run goes on with.
///
/// A record is written whole: at flush(), or when many are waiting. What the disk refuses at the end is lost with it.
class FileVisBackend : public VisBackend {
 public:
  ~FileVisBackend() override;

  void flush() final;
  State position() const final;
  void rewind(const State& position) final;
  void close() final;

 protected:
  /// Makes the file and the folders above it where they are not there.
  void open_file(const std::filesystem::path& path);
  /// Opens the file again where it was closed: after a run another call of its Runner may follow.
  void add_record(std::string_view record);
  bool is_empty() const { return file_.size_bytes() == 0 && records_.empty(); }

 private:
  AppendFile file_;
  std::string records_;  // not written yet
};

}  // namespace millrace
