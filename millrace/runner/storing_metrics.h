#pragma once

#include "millrace/eval/metric.h"
#include "millrace/registry/component.h"

namespace millrace {

/// Whether a metric gives no figure: it only stores what it sees (DumpResults). A trial of a validation leaves it out,
/// since it would write its file; so does an evaluation of what it stored.
inline bool only_stores(const Component<Metric>& metric) {
  const Metric::Facts facts = metric.facts();
  return facts.figures && facts.figures->empty() && facts.otherwise.empty();
}

}  // namespace millrace
