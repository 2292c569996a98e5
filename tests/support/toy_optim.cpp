#include "tests/support/toy_optim.h"

#include <ATen/ops/full.h>

#include <algorithm>

#include "tests/support/stand_ins.h"

namespace millrace {

std::shared_ptr<OptimWrapper> built_optim(const Value& config, const ModuleView& view) {
  Binder binder;
  Component<OptimWrapper> component;
  TypeOf<Component<OptimWrapper>>::bind(component, config, binder);
  binder.throw_if_any();
  return component.build(view);
}

Toy::Toy(std::vector<double> values) {
  view.type_name = "Toy";
  for (size_t i = 0; i < values.size(); ++i) {
    params.push_back(at::full({}, values[i], at::kDouble).requires_grad_());
    view.params.push_back({"p" + std::to_string(i), params.back()});
  }
}

Value config_text(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return value_of(nlohmann::json::parse(text));
}

}  // namespace millrace
