#include "millrace/base/metric_rule.h"

#include "millrace/base/text.h"

namespace millrace {

std::optional<bool> greater_is_better(std::string_view metric,
                                      const std::optional<std::vector<std::string>>& greater_keys,
                                      const std::optional<std::vector<std::string>>& less_keys) {
  static const std::vector<std::string> kGreater = {"acc", "top",   "AR@",  "auc",  "precision",
                                                    "mAP", "mDice", "mIoU", "mAcc", "aAcc"};
  static const std::vector<std::string> kLess = {"loss"};
  const auto& greater = greater_keys ? *greater_keys : kGreater;
  const auto& less = less_keys ? *less_keys : kLess;
  const std::string name = to_lower(metric);
  for (const std::string& key : greater)
    if (name == to_lower(key)) return true;
  for (const std::string& key : less)
    if (name == to_lower(key)) return false;
  for (const std::string& key : greater)
    if (name.find(to_lower(key)) != std::string::npos) return true;
  for (const std::string& key : less)
    if (name.find(to_lower(key)) != std::string::npos) return false;
  return std::nullopt;
}

}  // namespace millrace
