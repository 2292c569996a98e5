#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "millrace/log/notice.h"
#include "millrace/nn/module_view.h"
#include "millrace/optim/param_group.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Parameter groups by settings: parameters with equal ones share a group.
class SettledGroups {
 public:
  /// How many groups MMEngine's checkpoint has for them: one for each parameter, or one for each of the settings.
  enum class InFile { one_each, by_settings };
  explicit SettledGroups(InFile in_file) : in_file_(in_file) {}

  void add(const ModuleView::Named& param, State given);
  /// Throws Error if there is no parameter.
  std::vector<ParamGroup> take();

 private:
  InFile in_file_;
  std::vector<ParamGroup> groups_;
  int64_t count_ = 0;
};

/// What a decay by layers gave: one line of the log for each layer.
class LayerLog {
 public:
  LayerLog(int64_t layers, double lr) : layers_(layers), lr_(lr) {}
  /// `given` is what a parameter of the layer got.
  void add(int64_t layer, double scale, const State& given);
  void write(std::vector<Notice>& notices) const;

 private:
  struct Line {
    double scale = 1;
    int64_t params = 0, undecayed = 0;
  };
  int64_t layers_;
  double lr_;
  std::map<int64_t, Line> lines_;
};

}  // namespace millrace
