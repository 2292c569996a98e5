#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Whether a metric of this name is better when it is greater; absent if the name does not tell.
///
/// In this order, case aside: the name is one of the greater keys, is one of the less keys, contains a greater key,
/// contains a less key. The keys default to MMEngine's: acc, top, AR@, auc, precision, mAP, mDice, mIoU, mAcc, aAcc;
/// loss.
std::optional<bool> greater_is_better(std::string_view metric,
                                      const std::optional<std::vector<std::string>>& greater_keys = std::nullopt,
                                      const std::optional<std::vector<std::string>>& less_keys = std::nullopt);

}  // namespace millrace
