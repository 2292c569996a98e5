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
/// The Schema of the Options says what there is. A number is scheduled by its key; of a pair or a tuple each entry has a
/// name: of `betas` the first is `momentum`, as schedules call it, then `beta2`, `beta3`; of any other key `key[0]`,
/// `key[1]`. Flags, counts and texts have no slot: configs, files and rules set them.
class GroupSettings {
 public:
  using Slot = uint32_t;

  GroupSettings() = default;
  /// `options` is an object that `schema` describes, of this group alone.
  GroupSettings(const Schema& schema, std::shared_ptr<void> options);

  template <class Options>
  Options& as() const {
    return *static_cast<Options*>(options_.get());
  }

  /// Nothing if there is no such number.
  std::optional<Slot> find(std::string_view name) const;
  double get(Slot slot) const;
  void set(Slot slot, double value);
  /// The numbers that the Options have, by slot.
  std::vector<std::string> names() const;

  /// A number beside the Options (`initial_lr`): its slot, made with this value if it is new.
  Slot add(std::string_view name, double value);
  struct Added {
    std::string name;
    double value;
  };
  const std::vector<Added>& added() const { return added_; }
  void set_added(std::vector<Added> added) { added_ = std::move(added); }
  bool is_added(Slot slot) const { return slot >= numbers_.size(); }

  bool has_key(std::string_view key) const { return schema_->has(key); }
  /// Takes values over by the keys of the Options. Throws Error for a wrong type or a value out of range.
  void assign(const State& values);

  /// {key: value} in the order of `describe`, ignored keys with the value that stands for them: a group in a file.
  State by_key() const;
  /// Every setting by the finest name that it has: numbers of pairs one by one, flags as 0 or 1, all else by key.
  State by_name() const;
  /// Sets one of by_name().
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
