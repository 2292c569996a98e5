#pragma once

#include <string>

#include "millrace/vis/file_vis_backend.h"

namespace millrace {

/// Writes each record as one line of JSON: `<folder>/vis_data/scalars.json`, as MMEngine's backend of this name does.
///
///     {"lr": 0.01, "loss": 1.8652, "epoch": 1, "iter": 5, "step": 5}
///
/// The same folder has `config.py`, each image as `vis_image/<name>_<step>.png` and each text as
/// `vis_text/<name>_<step>.md`. Slashes in names become '_'. An image or text with the name and step of an earlier one
/// replaces it.
///
/// Lines are written whole, at each flush() and when many are waiting. Non-finite numbers are NaN, Infinity and
/// -Infinity, as Python's json writes and reads them.
class LocalVisBackend final : public FileVisBackend {
 public:
  struct Options {
    std::string save_dir{};
    std::string img_save_dir = "vis_image";
    std::string config_save_file = "config.py";
    std::string scalar_save_file = "scalars.json";

    template <class Fields>
    static void describe(Fields& f) {
      f("save_dir", &Options::save_dir, "").ignored();
      f("img_save_dir", &Options::img_save_dir, "folder of the images below vis_data").not_empty();
      f("config_save_file", &Options::config_save_file, "name of the config's copy below vis_data").not_empty();
      f("scalar_save_file", &Options::scalar_save_file, "name of the file below vis_data").not_empty();
    }
  };
  LocalVisBackend() : LocalVisBackend(Options{}) {}
  explicit LocalVisBackend(Options options);

  void open(const std::filesystem::path& folder) override;
  void add_config(const std::string& text) override;
  void add_image(const std::string& name, const RgbImage& image, int64_t step) override;
  void add_text(const std::string& name, const std::string& text, int64_t step) override;
  void add_scalars(const ScalarRecord& record, int64_t step) override;
  std::optional<std::filesystem::path> scalars_file() const override;

 private:
  Options options_;
  std::filesystem::path folder_;  // vis_data
};

/// Appends one record as a line of this file, without the line feed.
void append_json_line(std::string& out, const ScalarRecord& record, int64_t step);

}  // namespace millrace
