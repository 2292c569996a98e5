#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "millrace/hub/history_buffer.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The names of one hub as small numbers, 0, 1, 2, …, so that an iteration looks up nothing by string.
enum class ScalarId : uint32_t {};
enum class InfoId : uint32_t {};

/// Whether checkpoints store the values of a name.
enum class Resumed { no, yes };

/// The shared values of a run, by name: histories of scalars, and the latest value of anything else.
///
///     const ScalarId loss = hub.scalar("train/loss");     // once
///     hub.update(loss, losses.total());                   // an iteration: a few ns, nothing is fetched from a device
///     hub.update("train/accuracy", 0.5);                  // a string is fine for rare updates
///     hub.update_info("stage", "warm-up");
///
/// Names begin with their mode ("train/", "val/", "test/"); the log shows them without it. The first use of a name
/// fixes its Resumed; a different one later throws Error. Not thread-safe.
class MessageHub {
 public:
  using Statistic = std::function<Number(const HistoryBuffer&, const HistoryBuffer::Arguments&)>;

  // Scalars. Readers see a name from its first update on.
  ScalarId scalar(std::string_view name, Resumed resumed = Resumed::yes);
  void update(ScalarId id, Number value, double count = 1) { written(id).update(value, count); }
  void update(ScalarId id, const at::Tensor& value, double count = 1) { written(id).update(value, count); }
  void update(std::string_view name, Number value, double count = 1) { update(scalar_of(name), value, count); }
  void update(std::string_view name, const at::Tensor& value, double count = 1) {
    update(scalar_of(name), value, count);
  }

  std::optional<ScalarId> find_scalar(std::string_view name) const;
  const HistoryBuffer& history(ScalarId id) const { return scalars_[index(id, scalars_.size())].history; }
  /// Throws Error with the nearest name if nothing was published under this one.
  const HistoryBuffer& history(std::string_view name) const;
  const std::string& name(ScalarId id) const { return scalars_[index(id, scalars_.size())].name; }
  /// The names with an entry, in the order in which they were first written.
  std::span<const ScalarId> scalars() const { return scalar_order_; }
  /// Reads the waiting tensors of all histories, in one copy for each device and dtype.
  void fetch() const;

  /// Adds a statistic to those of HistoryBuffer, by name, for the histories of this hub. Throws Error if the name
  /// exists.
  void add_statistic(std::string name, Statistic statistic);
  /// Throws Error if no added or built-in statistic has that name.
  Number statistic(ScalarId id, std::string_view name, const HistoryBuffer::Arguments& arguments = {}) const;
  bool has_statistic(std::string_view name) const;

  // Runtime information: the latest value of each name.
  InfoId info(std::string_view name, Resumed resumed = Resumed::yes);
  void update_info(InfoId id, State value);
  void update_info(std::string_view name, State value) { update_info(info_of(name), std::move(value)); }
  /// Null if nothing was set; valid until it is set again.
  const State* find_info(InfoId id) const;
  const State* find_info(std::string_view name) const;
  /// Removes the value and returns it; None if nothing was set.
  State pop_info(std::string_view name);
  const std::string& name(InfoId id) const { return infos_[index(id, infos_.size())].name; }
  /// The names with a value, in the order in which they were first set.
  std::span<const InfoId> infos() const { return info_order_; }

  /// MMEngine's layout, with only tensors and plain containers:
  ///
  ///     {log_scalars: {NAME: {values, counts}}, runtime_info: {NAME: ANY}, resumed_keys: {NAME: bool}}
  ///
  /// log_scalars and runtime_info hold only what a resume restores. Histories continue bit for bit.
  State state_dict() const;
  /// Merges the state into the hub: its values replace those of the same name. Takes a state of MMEngine's hub, too.
  /// Returns a line for the log for each entry that could not be used. Throws Error if the state is not a dict.
  std::vector<std::string> load_state_dict(const State& state);

 private:
  struct Scalar {
    std::string name;
    Resumed resumed;
    bool is_written = false;
    HistoryBuffer history;
  };
  struct Info {
    std::string name;
    Resumed resumed;
    bool is_set = false;
    State value;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class Id>
  using Index = std::unordered_map<std::string, Id, Hash, std::equal_to<>>;

  /// The place of an id; throws Error for one that another hub gave.
  template <class Id>
  static size_t index(Id id, size_t names) {
    if (static_cast<size_t>(id) >= names) refuse_foreign_id(static_cast<size_t>(id), names);
    return static_cast<size_t>(id);
  }
  [[noreturn]] static void refuse_foreign_id(size_t id, size_t names);
  HistoryBuffer& written(ScalarId id) {
    Scalar& scalar = scalars_[index(id, scalars_.size())];
    if (!scalar.is_written) begin_history(id);
    return scalar.history;
  }
  void begin_history(ScalarId id);
  ScalarId scalar_of(std::string_view name);  // with the Resumed of an earlier use
  InfoId info_of(std::string_view name);
  void load_scalars(const State& log_scalars, const State* resumed_keys, std::vector<std::string>& notices);
  void load_infos(const State& runtime_info, const State* resumed_keys, std::vector<std::string>& notices);

  std::deque<Scalar> scalars_;  // a deque, so that histories do not move when names are added
  std::deque<Info> infos_;
  Index<ScalarId> scalar_ids_;
  Index<InfoId> info_ids_;
  std::vector<ScalarId> scalar_order_;
  std::vector<InfoId> info_order_;
  std::map<std::string, Statistic, std::less<>> statistics_;
};

}  // namespace millrace
