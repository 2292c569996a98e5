#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/vis/vis_backend.h"

namespace millrace {

/// Passes scalars, images and texts of a run to each of its backends.
class Visualizer final {
 public:
  static constexpr const char* kKind = "Visualizer";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<Visualizer>;
  static BoundComponent bind_config(const Value& config, Binder& binder) {
    return bind_component(kKind, config, binder, "Visualizer");
  }

  struct Options {
    std::vector<Component<VisBackend>> vis_backends{};
    std::string name = "visualizer";
    std::string save_dir{};

    template <class Fields>
    static void describe(Fields& f) {
      f("vis_backends", &Options::vis_backends, "where records go; default: LocalVisBackend");
      f("name", &Options::name, "").ignored();
      f("save_dir", &Options::save_dir, "").ignored();
      f.ignore("image", "images are not drawn");
      f.ignore("fig_save_cfg", "images are not drawn");
      f.ignore("fig_show_cfg", "images are not drawn");
    }
  };
  Visualizer() : Visualizer(Options{}) {}
  explicit Visualizer(Options options);

  /// Opens every backend in the run folder; open ones are closed first. Before the first call everything is dropped.
  /// Only the main rank opens its visualizer.
  void open(const std::filesystem::path& folder);
  // To every backend: see VisBackend.
  void add_config(const std::string& text);
  void add_image(const std::string& name, const RgbImage& image, int64_t step);
  void add_text(const std::string& name, const std::string& text, int64_t step);
  void add_scalars(const ScalarRecord& record, int64_t step);
  /// For records that come many times a second. `record` is called before anything else goes to a backend, or at
  /// flush(), which the caller must call. What it reads must not change.
  void add_scalars_soon(std::function<ScalarRecord()> record, int64_t step);
  void flush();
  /// The file of scalars of the first backend that has one (see VisBackend), flushed; nothing if no backend has one.
  std::optional<std::filesystem::path> scalars_file();
  /// The positions of all backends after a flush, and cutting back to them (see VisBackend). A backend is named by its
  /// class, a second one of a class "Class#2"; a backend without a position is not cut. Older checkpoints have a list,
  /// which must fit the backends in number and kind.
  State positions();
  void rewind(const State& positions);
  void close();

 private:
  struct Late {
    std::function<ScalarRecord()> record;
    int64_t step;
  };
  template <class Call>
  void hand_on(Call&& call);
  void hand_on_late();
  std::vector<std::string> backend_names() const;

  std::vector<std::shared_ptr<VisBackend>> backends_;
  std::vector<Late> late_;
  bool is_opened_ = false;
};

}  // namespace millrace
