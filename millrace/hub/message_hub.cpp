#include "millrace/hub/message_hub.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

const char* text_of(Resumed resumed) { return resumed == Resumed::yes ? "resumed" : "not resumed"; }

void check_same_resumed(std::string_view name, Resumed before, Resumed after) {
  if (before == after) return;
  throw Error(fmt::format("'{}' was first published as {}, and is now as {}", name, text_of(before), text_of(after)))
      .note("publish a name in the same way everywhere");
}

/// Objects of foreign classes cannot be written again: a checkpoint holds containers, numbers and tensors alone.
bool holds_record(const State& state) {
  if (state.kind() == State::Kind::record) return true;
  if (state.is_sequence()) return std::any_of(state.items().begin(), state.items().end(), holds_record);
  if (!state.is_dict()) return false;
  const auto& entries = state.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [](const State::Item& item) { return holds_record(item.key) || holds_record(item.value); });
}

Resumed resumed_in(const State* resumed_keys, const std::string& name) {
  const State* flag = resumed_keys == nullptr ? nullptr : resumed_keys->find(name);
  const bool is_false = flag != nullptr && flag->kind() == State::Kind::boolean && !flag->boolean();
  return is_false ? Resumed::no : Resumed::yes;
}

}  // namespace

void MessageHub::refuse_foreign_id(size_t id, size_t names) {
  throw Error(
      fmt::format("the message hub has no name with the id {}, it has {} names: another hub gave the id", id, names));
}

ScalarId MessageHub::scalar_of(std::string_view name) {
  const auto found = scalar_ids_.find(name);
  return found != scalar_ids_.end() ? found->second : scalar(name);
}

ScalarId MessageHub::scalar(std::string_view name, Resumed resumed) {
  if (const auto found = scalar_ids_.find(name); found != scalar_ids_.end()) {
    check_same_resumed(name, scalars_[index(found->second, scalars_.size())].resumed, resumed);
    return found->second;
  }
  const auto id = static_cast<ScalarId>(scalars_.size());
  scalars_.push_back({std::string(name), resumed, false, {}});
  scalar_ids_.emplace(name, id);
  return id;
}

void MessageHub::begin_history(ScalarId id) {
  scalars_[index(id, scalars_.size())].is_written = true;
  scalar_order_.push_back(id);
}

std::optional<ScalarId> MessageHub::find_scalar(std::string_view name) const {
  const auto found = scalar_ids_.find(name);
  if (found == scalar_ids_.end() || !scalars_[index(found->second, scalars_.size())].is_written) return std::nullopt;
  return found->second;
}

const HistoryBuffer& MessageHub::history(std::string_view name) const {
  if (const std::optional<ScalarId> id = find_scalar(name)) return history(*id);
  std::vector<std::string> names;
  for (const ScalarId id : scalar_order_) names.push_back(this->name(id));
  std::sort(names.begin(), names.end());
  Error error(fmt::format("no scalar '{}' was published{}", name, did_you_mean(name, names)));
  if (!names.empty()) error.note("scalars: " + join(names));
  throw error;
}

void MessageHub::fetch() const {
  std::vector<const HistoryBuffer*> waiting;
  for (const ScalarId id : scalar_order_)
    if (history(id).pending() > 0) waiting.push_back(&history(id));
  if (!waiting.empty()) HistoryBuffer::fetch(waiting);
}

void MessageHub::add_statistic(std::string name, Statistic statistic) {
  if (has_statistic(name)) throw Error(fmt::format("there is a statistic '{}' already", name));
  statistics_.emplace(std::move(name), std::move(statistic));
}

bool MessageHub::has_statistic(std::string_view name) const {
  const auto built_in = HistoryBuffer::statistic_names();
  return statistics_.find(name) != statistics_.end() ||
         std::find(built_in.begin(), built_in.end(), name) != built_in.end();
}

Number MessageHub::statistic(ScalarId id, std::string_view name, const HistoryBuffer::Arguments& arguments) const {
  const HistoryBuffer& history = this->history(id);
  if (const auto added = statistics_.find(name); added != statistics_.end()) return added->second(history, arguments);
  if (has_statistic(name) || statistics_.empty()) return history.statistic(name, arguments);
  std::vector<std::string> names(HistoryBuffer::statistic_names().begin(), HistoryBuffer::statistic_names().end());
  for (const auto& [added, unused] : statistics_) names.push_back(added);
  std::sort(names.begin(), names.end());
  throw Error(fmt::format("a history has no statistic '{}'{}", name, did_you_mean(name, names)))
      .note("statistics: " + join(names));
}

InfoId MessageHub::info_of(std::string_view name) {
  const auto found = info_ids_.find(name);
  return found != info_ids_.end() ? found->second : info(name);
}

InfoId MessageHub::info(std::string_view name, Resumed resumed) {
  if (const auto found = info_ids_.find(name); found != info_ids_.end()) {
    check_same_resumed(name, infos_[index(found->second, infos_.size())].resumed, resumed);
    return found->second;
  }
  const auto id = static_cast<InfoId>(infos_.size());
  infos_.push_back({std::string(name), resumed, false, {}});
  info_ids_.emplace(name, id);
  return id;
}

void MessageHub::update_info(InfoId id, State value) {
  Info& info = infos_[index(id, infos_.size())];
  info.value = std::move(value);
  if (info.is_set) return;
  info.is_set = true;
  info_order_.push_back(id);
}

const State* MessageHub::find_info(InfoId id) const {
  const Info& info = infos_[index(id, infos_.size())];
  return info.is_set ? &info.value : nullptr;
}

const State* MessageHub::find_info(std::string_view name) const {
  const auto found = info_ids_.find(name);
  return found == info_ids_.end() ? nullptr : find_info(found->second);
}

State MessageHub::pop_info(std::string_view name) {
  const auto found = info_ids_.find(name);
  if (found == info_ids_.end() || find_info(found->second) == nullptr) return {};
  Info& info = infos_[index(found->second, infos_.size())];
  info.is_set = false;
  std::erase(info_order_, found->second);
  return std::exchange(info.value, State());
}

State MessageHub::state_dict() const {
  fetch();
  State log_scalars = State::dict();
  State runtime_info = State::dict();
  State resumed_keys = State::dict();
  for (const ScalarId id : scalar_order_) {
    const Scalar& scalar = scalars_[index(id, scalars_.size())];
    if (scalar.resumed == Resumed::yes) log_scalars.entries().push_back({scalar.name, scalar.history.state_dict()});
    resumed_keys.entries().push_back({scalar.name, scalar.resumed == Resumed::yes});
  }
  for (const InfoId id : info_order_) {
    const Info& info = infos_[index(id, infos_.size())];
    if (info.resumed == Resumed::yes) runtime_info.entries().push_back({info.name, info.value});
    if (!scalar_ids_.contains(info.name)) resumed_keys.entries().push_back({info.name, info.resumed == Resumed::yes});
  }
  return State::dict({{"log_scalars", std::move(log_scalars)},
                      {"runtime_info", std::move(runtime_info)},
                      {"resumed_keys", std::move(resumed_keys)}});
}

std::vector<std::string> MessageHub::load_state_dict(const State& state) {
  if (!state.is_dict())
    throw Error(fmt::format("the state of a message hub must be a dict, got {}", state.kind_name()));
  std::vector<std::string> notices;
  const State* resumed_keys = state.find("resumed_keys");
  if (const State* log_scalars = state.find("log_scalars")) load_scalars(*log_scalars, resumed_keys, notices);
  if (const State* runtime_info = state.find("runtime_info")) load_infos(*runtime_info, resumed_keys, notices);
  return notices;
}

void MessageHub::load_scalars(const State& log_scalars, const State* resumed_keys, std::vector<std::string>& notices) {
  if (!log_scalars.is_dict()) {
    notices.push_back(fmt::format("log_scalars of the message hub is left out: it is a {}", log_scalars.kind_name()));
    return;
  }
  for (const auto& [key, value] : log_scalars.entries()) {
    if (!key.is_string()) continue;
    std::optional<HistoryBuffer> history = HistoryBuffer::from_state(value);
    if (!history) {
      notices.push_back(
          fmt::format("the history '{}' is left out: {} is not a history", key.string(), value.kind_name()));
      continue;
    }
    const auto known = scalar_ids_.find(key.string());
    const ScalarId id =
        known != scalar_ids_.end() ? known->second : scalar(key.string(), resumed_in(resumed_keys, key.string()));
    written(id) = std::move(*history);
  }
}

void MessageHub::load_infos(const State& runtime_info, const State* resumed_keys, std::vector<std::string>& notices) {
  if (!runtime_info.is_dict()) {
    notices.push_back(fmt::format("runtime_info of the message hub is left out: it is a {}", runtime_info.kind_name()));
    return;
  }
  for (const auto& [key, value] : runtime_info.entries()) {
    if (!key.is_string()) continue;
    if (holds_record(value)) {
      notices.push_back(
          fmt::format("the runtime information '{}' is left out: {} cannot be kept", key.string(), value.kind_name()));
      continue;
    }
    const auto known = info_ids_.find(key.string());
    const InfoId id =
        known != info_ids_.end() ? known->second : info(key.string(), resumed_in(resumed_keys, key.string()));
    update_info(id, value);
  }
}

}  // namespace millrace
