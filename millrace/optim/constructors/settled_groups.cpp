#include "millrace/optim/constructors/settled_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

void SettledGroups::add(const ModuleView::Named& param, State given) {
  auto group =
      std::find_if(groups_.begin(), groups_.end(), [&](const ParamGroup& one) { return one.given.equals(given); });
  if (group == groups_.end()) {
    group = groups_.emplace(groups_.end());
    group->given = std::move(given);
  }
  group->params.push_back(param.tensor);
  group->names.push_back(param.name);
  if (in_file_ == InFile::one_each) group->file_groups.push_back(count_++);
}

std::vector<ParamGroup> SettledGroups::take() {
  if (groups_.empty()) throw Error("there are no parameters to optimise");
  return std::move(groups_);
}

void LayerLog::add(int64_t layer, double scale, const State& given) {
  Line& line = lines_[layer];
  line.scale = scale;
  ++line.params;
  const State* decay = given.find("weight_decay");
  if (decay && decay->number() == 0) ++line.undecayed;
}

void LayerLog::write(std::vector<Notice>& notices) const {
  for (const auto& [layer, line] : lines_) {
    std::string text = fmt::format("layer {} of {}: lr {:.4g} ({} x {:.4g}), {}", layer, layers_, lr_ * line.scale,
                                   repr(lr_), line.scale, counted(line.params, "parameter"));
    if (line.undecayed > 0) text += fmt::format(", {} of them without weight decay", line.undecayed);
    notices.push_back({LogLevel::info, std::move(text)});
  }
}

}  // namespace millrace
