#pragma once

#include <string>

#include "millrace/vis/file_vis_backend.h"

namespace millrace {

/// Writes what TensorBoard shows: `<folder>/vis_data/events.out.tfevents.millrace`, an event file of scalars, images
/// and texts; the config is the text `config`. Needs nothing of TensorBoard's.
///
///     visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
///
/// A scalar is what is a number, rounded to float32, or a bool; others are left out. Events are written whole, at each
/// flush() and when many have come. One run has one file, in which a resumed run goes on.
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
