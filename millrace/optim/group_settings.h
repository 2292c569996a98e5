#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/registry/schema.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The settings of one parameter group: a copy of its optimizer's Options.
///
///     const auto slot = *settings.find("weight_decay");     // once
///     settings.set(slot, 0.1);                              // a step: no string is compared
///     const bool nesterov = settings.as<SGDOptions>().nesterov;   // the rule reads typed fields
///
/// The settings are those in the Schema of the Options. Schedules name a number by its key, and an entry of a pair or a
/// tuple by its own name: `momentum` for the first of `betas`, then `beta2`, `beta3`; `key[0]`, `key[1]` for any other
/// key. Flags, counts and texts have no slot, so only configs, files and rules set them.
class GroupSettings {
 public:
  using Slot = uint32_t;

  GroupSettings() = default;
  /// `options` is an object that `schema` describes; it belongs to this group.
  GroupSettings(const Schema& schema, std::shared_ptr<void> options);

  template <class Options>
  Options& as() const {
    return *static_cast<Options*>(options_.get());
  }

  /// The slot of a number; nothing if there is no such number.
  std::optional<Slot> find(std::string_view name) const;
  double get(Slot slot) const;
  void set(Slot slot, double value);
  /// The numbers that the Options have, by slot.
  std::vector<std::string> names() const;

  /// The slot of a number that is not in the Options (`initial_lr`); a new one gets this value.
  Slot add(std::string_view name, double value);
  struct Added {
    std::string name;
    double value;
  };
  const std::vector<Added>& added() const { return added_; }
  void set_added(std::vector<Added> added) { added_ = std::move(added); }
  bool is_added(Slot slot) const { return slot >= numbers_.size(); }

  bool has_key(std::string_view key) const { return schema_->has(key); }
  /// Sets values by the keys of the Options. Throws Error for a wrong type or a value out of range.
  void assign(const State& values);

  /// The group for a file: {key: value} in the order of `describe`; ignored keys have the value that `describe` gives.
  State by_key() const;
  /// Every setting by its finest name: numbers of pairs one by one, flags as 0 or 1, others by key.
  State by_name() const;
  /// Sets a setting by its name in by_name().
  void set_named(const std::string& name, const State& value);

 private:
  struct Number {
    std::string name;
    const Field* field;
    size_t entry;  // of a pair or a tuple
  };

  const Schema* schema_ = nullptr;
  std::shared_ptr<void> options_;
  std::vector<Number> numbers_;
  std::vector<Added> added_;
};

}  // namespace millrace
