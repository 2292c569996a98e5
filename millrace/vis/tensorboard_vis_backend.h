#pragma once

#include <string>

#include "millrace/vis/file_vis_backend.h"

namespace millrace {

/// Writes a file for TensorBoard, `<folder>/vis_data/events.out.tfevents.millrace`, with scalars, images and texts; the
/// config is the text `config`. It does not need TensorBoard.
///
///     visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
///
/// Scalars are numbers, rounded to float32, and bools; other values are left out. Events are written whole, at each
/// flush() and when many are waiting. A run has one file, which a resumed run continues.
class TensorboardVisBackend final : public FileVisBackend {
 public:
  struct Options {
    std::string save_dir{};

    template <class Fields>
    static void describe(Fields& f) {
      f("save_dir", &Options::save_dir, "").ignored();
    }
  };
  TensorboardVisBackend() = default;
  explicit TensorboardVisBackend(Options) {}

  void open(const std::filesystem::path& folder) override;
  void add_config(const std::string& text) override;
  void add_image(const std::string& name, const RgbImage& image, int64_t step) override;
  void add_text(const std::string& name, const std::string& text, int64_t step) override;
  void add_scalars(const ScalarRecord& record, int64_t step) override;

 private:
  bool has_config_ = false;
};

}  // namespace millrace
