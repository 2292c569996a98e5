#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/config.h"

namespace millrace {

/// Finds overrides that change less than a user expects. Classic configs are read once, from top to bottom. What they
/// build from a variable (`data_root`, `train_pipeline`) exists before an override changes the variable, and keeps the
/// old value. MMEngine does not report this.
class OverrideEffects {
 public:
  /// Call it before the overrides are applied.
  OverrideEffects(const Config& config, std::span<const std::string> arguments);
  /// Call it afterwards: adds to config.overridden.
  void add_to(Config& config) const;

 private:
  std::span<const std::string> arguments_;
  std::map<std::string, Value, std::less<>> before_;  // of the top-level names that are overridden; as they were
};

/// Adds a line for each override of a name from which the config made lists, dicts or texts that keep their value.
void add_override_notices(std::vector<std::string>& notices, const Config& config);

/// The error for an override that nothing reads, with the nearest right path or the place to override instead.
Error unread_override(const Config::Overridden& overridden, const Config& config);

}  // namespace millrace
