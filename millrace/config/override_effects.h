#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
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

/// Where else in a tree a value stands that was made of the variable `name`: lists and dicts that equal it, texts that
/// begin with it, and numbers that equal it. Booleans and None have none: they equal too much.
std::vector<std::string> copies_of(const Value& variable, std::string_view name, const Value& tree);

/// Adds a line for each override of a name from which the config made lists, dicts or texts that keep their value.
void add_override_notices(std::vector<std::string>& notices, const Config& config);

/// The mistake of an override that nothing reads: with the nearest right path, or with where to override instead.
Error unread_override(const Config::Overridden& overridden, const Config& config);

}  // namespace millrace
