#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "millrace/eval/metric.h"
#include "millrace/registry/component.h"

namespace millrace {

/// The metrics of an evaluation: one, a list of them, or an Evaluator, which is a dict with `metrics`.
struct EvaluatorConfig {
  std::vector<Component<Metric>> metrics;

  EvaluatorConfig() = default;
  EvaluatorConfig(std::initializer_list<Component<Metric>> all) : metrics(all) {}
  bool empty() const { return metrics.empty(); }
};

template <>
struct TypeOf<EvaluatorConfig> {
  static std::string name() { return "Metric or list of Metric"; }
  static void bind(EvaluatorConfig& field, const Value& value, Binder& binder);
  static void check(const EvaluatorConfig& field, Binder& binder) {
    TypeOf<std::vector<Component<Metric>>>::check(field.metrics, binder);
  }
  static Value dump(const EvaluatorConfig& field);
};

}  // namespace millrace
