#pragma once

#include <optional>
#include <string>

#include "millrace/runner/hook.h"

namespace millrace {

/// Pictures of validated and tested samples with what the network said of them.
///
///     default_hooks = dict(visualization=dict(type='VisualizationHook', enable=False))
///
/// Configs name it to switch it on or off. It draws nothing yet: throws Error if it is to.
class VisualizationHook final : public Hook {
 public:
  struct Options {
    bool enable = false;
    int64_t interval = 5000;
    bool show = false;
    std::optional<std::string> out_dir{};

    template <class Fields>
    static void describe(Fields& f) {
      f("enable", &Options::enable, "draw");
      f("interval", &Options::interval, "samples from one that is drawn to the next").at_least(1);
      f("show", &Options::show, "show each picture in a window").ignored();
      f("out_dir", &Options::out_dir, "folder of the pictures; None: that of the visualizer");
    }
  };
  VisualizationHook() : VisualizationHook(Options{}) {}
  explicit VisualizationHook(Options options);
};

}  // namespace millrace
