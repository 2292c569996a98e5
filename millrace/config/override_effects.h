#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/config.h"

namespace millrace {

/// Classic configs are read once, from top to bottom: what they make of a variable (`data_root`, `train_pipeline`) is
/// there before an override changes the variable, and stays what it was. MMEngine says nothing of it; this finds out.
class OverrideEffects {
 public:
  /// Before the overrides are applied.
  OverrideEffects(const Config& config, std::span<const std::string> arguments);
  /// After it: adds to config.overridden.
  void add_to(Config& config) const;

 private:
  std::span<const std::string> arguments_;
  std::map<std::string, Value, std::less<>> before_;  // of the top-level names that are overridden; as they were
};

/// Adds a line for each override of a name from which the config made lists, dicts or texts that keep their value.
void add_override_notices(std::vector<std::string>& notices, const Config& config);

/// The mistake of an override that nothing reads: with the nearest right path, or with where to override instead.
Error unread_override(const Config::Overridden& overridden, const Config& config);

}  // namespace millrace
