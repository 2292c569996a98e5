#include "millrace/optim/optim_wrapper_constructor.h"

namespace millrace {

DefaultOptimWrapperConstructor::DefaultOptimWrapperConstructor(Options options)
    : options_(checked<DefaultOptimWrapperConstructor>(std::move(options))) {}

std::vector<ParamGroup> DefaultOptimWrapperConstructor::groups(const ModuleView& model, const Base& base,
                                                               std::vector<Notice>& notices) const {
  if (options_.empty()) return one_group(model);
  return groups_by_rules(options_, CustomFirst::alone, FrozenParams::left_out, model, base, notices);
}

MILLRACE_REGISTER(OptimWrapperConstructor, DefaultOptimWrapperConstructor);

}  // namespace millrace
