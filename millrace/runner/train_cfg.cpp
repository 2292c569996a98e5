// What `train_cfg` of a config means: which loop it is, with a `type` or without.
#include "millrace/base/text.h"
#include "millrace/runner/train_loop.h"

namespace millrace {

namespace {

/// The loop that keys without a `type` describe; empty if they do not say.
std::string loop_by_keys(const Value& config, Binder& binder) {
  const Value* by_epoch = config.find("by_epoch");
  if (by_epoch && !by_epoch->is_bool()) {
    const std::string subject = binder.subject();
    binder.set_subject("train_cfg.by_epoch");
    binder.wrong_type(*by_epoch, "True or False");
    binder.set_subject(subject);
  } else if (by_epoch) {
    return by_epoch->as_bool() ? "EpochBasedTrainLoop" : "IterBasedTrainLoop";
  }
  static const std::vector<std::string> kLengths = {"max_epochs", "max_iters"};
  for (const auto& [key, value] : config.as_dict()) {
    const auto length = key.is_string() ? nearest(key.as_string(), kLengths) : std::nullopt;
    if (length) return *length == "max_epochs" ? "EpochBasedTrainLoop" : "IterBasedTrainLoop";
  }
  return {};
}

/// Without the key that chose the loop, or should have.
Value without_by_epoch(const Value& config, const std::string& loop, Binder& binder) {
  static const std::vector<std::string> kChoice = {"by_epoch"};
  Value rest = Value::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key == Value(kChoice[0])) continue;
    if (value.is_bool() && key.is_string() && nearest(key.as_string(), kChoice))
      binder.unknown_key(key, loop, kChoice, kChoice);
    else rest.as_dict().set(key, value);
  }
  return std::move(rest.set_place(config.place()));
}

}  // namespace

BoundComponent TrainLoop::bind_config(const Value& config, Binder& binder) {
  if (!config.is_dict()) return bind_component(kKind, config, binder);
  const Dict::Entry* by_epoch = config.as_dict().entry("by_epoch");
  if (const Value* type = config.find("type")) {
    const bool is_known = type->is_string() || type->is_symbol();
    const std::string name = !is_known ? "" : type->is_string() ? type->as_string() : type->as_symbol().path;
    const ComponentEntry* entry = ComponentTable::instance().find(kKind, name, binder.scope());
    if (!by_epoch || !entry || entry->schema->has("by_epoch")) return bind_component(kKind, config, binder);
    binder.mistake(by_epoch->key, entry->name + " has no key 'by_epoch': the type decides which loop it is");
    return bind_component(kKind, without_by_epoch(config, entry->name, binder), binder);
  }
  const std::string loop = loop_by_keys(config, binder);
  if (!loop.empty()) return bind_component(kKind, without_by_epoch(config, loop, binder), binder, loop);
  if (!binder.is_fragment() && !by_epoch)
    binder.mistake(config, "train_cfg needs 'max_epochs' or 'max_iters', or the 'type' of a loop");
  const Binder::Lenient lenient(binder);
  return bind_component(kKind, config, binder, "EpochBasedTrainLoop");
}

}  // namespace millrace
