#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/registry/component.h"
#include "millrace/vis/vis_backend.h"

namespace millrace {

/// Hands what a run has to show to each of its backends.
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
      f("vis_backends", &Options::vis_backends, "where records go; none given: LocalVisBackend");
      f("name", &Options::name, "").ignored();
      f("save_dir", &Options::save_dir, "").ignored();
      f.ignore("image", "images are not drawn");
      f.ignore("fig_save_cfg", "images are not drawn");
      f.ignore("fig_show_cfg", "images are not drawn");
    }
  };
  Visualizer() : Visualizer(Options{}) {}
  explicit Visualizer(Options options);

  /// Opens every backend in the run folder. What was open before is closed. What comes before the first call goes
  /// nowhere: of several ranks, only the main one opens its visualizer.
  void open(const std::filesystem::path& folder);
  // To every backend: see VisBackend.
  void add_config(const std::string& text);
  void add_image(const std::string& name, const RgbImage& image, int64_t step);
  void add_text(const std::string& name, const std::string& text, int64_t step);
  void add_scalars(const ScalarRecord& record, int64_t step);
  /// For records that come many times a second: `record` is made and handed on before anything else that a backend
  /// gets, or at flush(), which the caller sees to. What it reads must stay as it is.
  void add_scalars_soon(std::function<ScalarRecord()> record, int64_t step);
  void flush();
  /// The file of scalars of the first backend that keeps one (see VisBackend), flushed; nothing if none does.
  std::optional<std::filesystem::path> scalars_file();
  /// The positions of all backends, flushed, and back to them: see VisBackend. They are told apart by their classes, a
  /// second one of a class by "Class#2": a backend that the positions do not name is not cut. In a list, as older
  /// checkpoints have it, they must be as many and of the kinds that the backends give.
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
