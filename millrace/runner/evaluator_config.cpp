#include "millrace/runner/evaluator_config.h"

#include "millrace/eval/evaluator.h"

namespace millrace {

void TypeOf<EvaluatorConfig>::bind(EvaluatorConfig& field, const Value& value, Binder& binder) {
  field.metrics.clear();
  if (value.is_null()) return;
  const Value* type = value.find("type");
  const bool is_evaluator =
      value.find("metrics") ||
      (type && type->is_string() &&
       ComponentTable::instance().find(Evaluator::kKind, type->as_string(), binder.scope()) != nullptr);
  if (is_evaluator) {
    const BoundComponent bound = bind_component(Evaluator::kKind, value, binder, "Evaluator");
    if (bound.entry) field.metrics = static_cast<const Evaluator::Options*>(bound.options.get())->metrics.values();
    else if (!bound.config.is_null()) field.metrics.emplace_back(bound);  // absent, and yet given
    return;
  }
  OneOrMany<Component<Metric>> metrics;
  TypeOf<OneOrMany<Component<Metric>>>::bind(metrics, value, binder);
  field.metrics = metrics.values();
}

Value TypeOf<EvaluatorConfig>::dump(const EvaluatorConfig& field) {
  return field.empty() ? Value() : TypeOf<std::vector<Component<Metric>>>::dump(field.metrics);
}

}  // namespace millrace
