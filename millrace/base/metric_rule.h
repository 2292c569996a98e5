#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Whether greater values of the metric are better; absent if its name does not tell.
///
/// The first rule that fits decides; upper and lower case are equal: the name is a greater key; it is a less key; it
/// contains a greater key; it contains a less key. The default keys are MMEngine's: acc, top, AR@, auc, precision, mAP,
/// mDice, mIoU, mAcc, aAcc for greater, loss for less.
std::optional<bool> greater_is_better(std::string_view metric,
                                      const std::optional<std::vector<std::string>>& greater_keys = std::nullopt,
                                      const std::optional<std::vector<std::string>>& less_keys = std::nullopt);

}  // namespace millrace
