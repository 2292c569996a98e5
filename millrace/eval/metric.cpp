#include "millrace/eval/metric.h"

#include <utility>

namespace millrace {

std::vector<Metric::Figure> Metric::figures_of(const MetricOptions& common, std::string_view default_prefix,
                                               std::vector<std::string> names) {
  const std::string prefix = common.prefix.value_or(std::string(default_prefix));
  std::vector<Figure> figures;
  for (std::string& name : names) figures.push_back({prefix.empty() ? std::move(name) : prefix + "/" + name});
  return figures;
}

}  // namespace millrace
