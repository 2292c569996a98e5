#pragma once

#include <string>

#include "millrace/vis/vis_backend.h"

namespace millrace {

/// Writes each record as one line of JSON: `<folder>/vis_data/scalars.json`, as MMEngine's backend of this name does.
///
///     {"lr": 0.01, "loss": 1.8652, "epoch": 1, "iter": 5, "step": 5}
///
/// Lines are written whole, at each flush() and when many have come. Non-finite numbers are NaN, Infinity and
/// -Infinity, as Python's json writes and reads them.
class LocalVisBackend final : public VisBackend {
 public:
  struct Options {
    std::string save_dir{};
    std::string scalar_save_file = "scalars.json";

    template <class Fields>
    static void describe(Fields& f) {
      f("save_dir", &Options::save_dir, "").ignored();
      f.ignore("img_save_dir", "images are not kept");
      f.ignore("config_save_file", "the config lies in the run folder, as config.py");
      f("scalar_save_file", &Options::scalar_save_file, "name of the file below vis_data").not_empty();
    }
  };
  LocalVisBackend() : LocalVisBackend(Options{}) {}
  explicit LocalVisBackend(Options options);
  ~LocalVisBackend() override;

  void open(const std::filesystem::path& folder) override;
  void add_scalars(const ScalarRecord& record, int64_t step) override;
  void flush() override;
  State position() const override;
  void rewind(const State& position) override;
  void close() override;

 private:
  void reopen();
  Options options_;
  std::filesystem::path path_;
  int file_ = -1;
  std::string lines_;  // not written yet
};

/// Appends one record as the line that the backend writes, without its line feed.
void append_json_line(std::string& out, const ScalarRecord& record, int64_t step);

}  // namespace millrace
