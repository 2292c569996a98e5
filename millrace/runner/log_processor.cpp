#include "millrace/runner/log_processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <set>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/duration.h"
#include "millrace/tensor/state_text.h"

namespace millrace {

struct LogProcessor::Pattern {
  std::regex regex;
};

namespace {

constexpr double kLongestEta = 1e15;         // seconds
constexpr size_t kLongestScalarName = 1000;  // std::regex recurses once a character, and names may come from a file

std::string right_aligned(int64_t number, int64_t widest) {
  return fmt::format("{:>{}}", number, std::to_string(widest).size());
}

State number_state(const Number& number) {
  if (number.is_integer) return static_cast<int64_t>(number.value);
  return number.value;
}

std::string without_mode(const std::string& name, Mode mode) {
  const std::string prefix = mode_tag(mode, "");
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string info_text(const State& state, int64_t digits) {
  if (state.kind() == State::Kind::number) return decimals(state.number(), digits);
  if (state.is_string()) return state.string();
  if (state.is_tensor()) return "\n" + python_text(state, digits) + "\n";
  return python_text(state, digits);
}

bool is_time(const std::string& name, Mode mode) {
  const std::string short_name = without_mode(name, mode);
  return short_name == "time" || short_name == "data_time";
}

template <class Entries>
auto find_log_entry(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == name; });
}

std::regex regex_of(std::string_view pattern) {
  auto flags = std::regex::ECMAScript | std::regex::optimize;
  const std::string_view body = pattern.starts_with("(?i)") ? pattern.substr(4) : pattern;
  if (body.size() != pattern.size()) flags |= std::regex::icase;
  return std::regex(body.begin(), body.end(), flags);
}

/// What a config may write for one Statistic; further keys are the arguments of a statistic that was added.
struct StatisticKeys {
  Required<std::string> data_src;
  Required<std::string> method_name;
  std::optional<std::string> log_name = {};
  std::optional<std::variant<int64_t, LogProcessor::Span>> window_size = {};

  template <class Fields>
  static void describe(Fields& f) {
    f("data_src", &StatisticKeys::data_src, "the scalar, without its mode: loss").not_empty();
    f("method_name", &StatisticKeys::method_name, "mean, max, min, current, or a statistic that was added").not_empty();
    f("log_name", &StatisticKeys::log_name, "the name in the log; None: data_src, which it replaces");
    f("window_size", &StatisticKeys::window_size, "newest entries that count: a number, 'epoch' or 'global'");
  }
};

const Schema& statistic_schema() {
  static const Schema schema = Schema::of<StatisticKeys>("custom_cfg");
  return schema;
}

bool is_built_in(std::string_view method) {
  const auto names = HistoryBuffer::statistic_names();
  return std::find(names.begin(), names.end(), method) != names.end();
}

void check_statistic(const LogProcessor::Statistic& statistic, bool by_epoch, Complaints& complaints) {
  const auto refuse = [&](std::string_view what) {
    complaints.add("custom_cfg", fmt::format("custom_cfg: the entry for '{}' {}", statistic.data_src, what));
  };
  if (statistic.data_src.empty()) refuse("needs data_src");
  if (statistic.method_name.empty()) refuse("needs method_name");
  if (!by_epoch && !statistic.window_size) refuse("needs a window_size if by_epoch is False");
  if (!statistic.window_size) return;
  if (statistic.method_name == "current") refuse("has method_name 'current', which takes no window_size");
  const LogProcessor::Span* span = std::get_if<LogProcessor::Span>(&*statistic.window_size);
  if (!by_epoch && span != nullptr && *span == LogProcessor::Span::epoch)
    refuse("has window_size 'epoch', which has no meaning if by_epoch is False");
}

HistoryBuffer::Arguments statistic_arguments(const LogProcessor::Statistic& statistic, const LogState& state) {
  HistoryBuffer::Arguments arguments(statistic.arguments.begin(), statistic.arguments.end());
  if (!statistic.window_size) return arguments;
  int64_t window = 0;
  if (const auto* number = std::get_if<int64_t>(&*statistic.window_size)) window = *number;
  else if (std::get<LogProcessor::Span>(*statistic.window_size) == LogProcessor::Span::epoch)
    window = state.batch_idx + 1;
  else window = state.iter + 1;
  arguments.emplace_back("window_size", window);
  return arguments;
}

}  // namespace

void LogProcessor::check(const Options& options, Complaints& complaints) {
  try {
    regex_of(options.mean_pattern);
  } catch (const std::regex_error& refused) {
    complaints.add("mean_pattern", fmt::format("mean_pattern '{}' is not a regular expression", options.mean_pattern))
        .note(refused.what());
  }
  if (!options.custom_cfg) return;
  std::set<std::string> shown;
  for (const Statistic& statistic : *options.custom_cfg) {
    check_statistic(statistic, options.by_epoch.value_or(true), complaints);
    const std::string& name = statistic.log_name ? *statistic.log_name : statistic.data_src;
    if (!shown.insert(name).second)
      complaints.add("custom_cfg", fmt::format("custom_cfg: two entries have the log_name '{}'", name));
  }
}

LogProcessor::LogProcessor(Options options) : options_(checked<LogProcessor>(std::move(options))) {
  pattern_ = std::make_shared<Pattern>(Pattern{regex_of(options_.mean_pattern)});
  if (options_.custom_cfg) statistics_ = *options_.custom_cfg;
}

LogRecord LogProcessor::record(const LogState& state, const MessageHub& hub) {
  const LogNumbers taken = numbers(state, hub);
  return {line(taken), tag(taken)};
}

const LogProcessor::Name& LogProcessor::name_of(ScalarId id, const MessageHub& hub) {
  const auto index = static_cast<size_t>(id);
  if (index >= names_.size()) names_.resize(index + 1);
  Name& known = names_[index];
  const std::string& name = hub.name(id);
  if (known.name == name) return known;
  known = {name, std::nullopt, name};
  for (const Mode mode : {Mode::train, Mode::val, Mode::test}) {
    if (!name.starts_with(mode_name(mode))) continue;
    known.mode = mode;
    known.short_name = without_mode(name, mode);
  }
  if (name.size() > kLongestScalarName) return known;
  known.is_smoothed = std::regex_search(known.short_name, pattern_->regex);
  known.is_smoothed_with_mode = std::regex_search(name, pattern_->regex);
  return known;
}

LogProcessor::Entries LogProcessor::collect(const LogState& state, const MessageHub& hub, Names names,
                                            std::span<const Statistic> statistics) {
  const bool with_mode = names == Names::with_mode;
  const std::string prefix = with_mode ? mode_tag(state.mode, "") : "";
  Entries entries;
  std::map<std::string, ScalarId, std::less<>> sources;
  for (const ScalarId id : hub.scalars()) {
    const Name& name = name_of(id, hub);
    if (name.mode != state.mode) continue;
    const HistoryBuffer& history = hub.history(id);
    const bool smoothed = with_mode ? name.is_smoothed_with_mode : name.is_smoothed;
    const std::string& shown = with_mode ? name.name : name.short_name;
    const Number value = smoothed ? Number(history.mean(options_.window_size)) : history.current();
    if (const auto same = find_log_entry(entries, shown); same != entries.end()) same->second = value;
    else entries.emplace_back(shown, value);
    if (!statistics.empty()) sources[shown] = id;
  }
  for (const Statistic& statistic : statistics) {
    const auto source = sources.find(prefix + statistic.data_src);
    if (source == sources.end()) continue;  // it may belong to another mode
    const std::string shown = prefix + (statistic.log_name ? *statistic.log_name : statistic.data_src);
    const Number value = hub.statistic(source->second, statistic.method_name, statistic_arguments(statistic, state));
    if (const auto same = find_log_entry(entries, shown); same != entries.end()) same->second = value;
    else entries.emplace_back(shown, value);
  }
  return entries;
}

std::string LogProcessor::number_text(const Number& value) const {
  return value.is_integer ? decimals(value.value, 0) : decimals(value.value, options_.num_digits);
}

std::string LogProcessor::header_of_iter(const LogState& state) const {
  const std::string_view mode = mode_name(state.mode);
  const bool is_train = state.mode == Mode::train;
  if (!by_epoch(state) && is_train)
    return fmt::format("Iter(train) [{}/{}]  ", right_aligned(state.iter + 1, state.max_iters), state.max_iters);
  const std::string batches =
      fmt::format("[{}/{}]  ", right_aligned(state.batch_idx + 1, state.loader_length), state.loader_length);
  if (!by_epoch(state)) return fmt::format("Iter({}) {}", mode, batches);
  if (state.mode == Mode::test) return fmt::format("Epoch(test) {}", batches);
  if (!state.train_loop_built && !is_train) return fmt::format("Epoch(val)[0]{}", batches);
  const std::string epoch = fmt::format("[{}]", is_train ? state.epoch + 1 : state.epoch);
  return fmt::format("Epoch({}){:>{}}{}", mode, epoch, std::to_string(state.max_epochs).size() + 3, batches);
}

LogNumbers LogProcessor::numbers(const LogState& state, const MessageHub& hub) {
  hub.fetch();
  LogNumbers taken{.state = state};
  if (state.at == LogState::At::iter) {
    taken.line = collect(state, hub, Names::short_ones, statistics_);
    if (options_.log_with_hierarchy) taken.tag = collect(state, hub, Names::with_mode, statistics_);
    return taken;
  }
  std::vector<Statistic> statistics = statistics_;
  for (const char* time : {"time", "data_time"}) {  // means over the epoch, unless the user has a statistic of his own
    const auto is_it = [&](const Statistic& own) { return without_mode(own.data_src, state.mode) == time; };
    if (std::none_of(statistics_.begin(), statistics_.end(), is_it))
      statistics.push_back({.data_src = time, .method_name = "mean", .window_size = Span::epoch});
  }
  taken.line = collect(state, hub, options_.log_with_hierarchy ? Names::with_mode : Names::short_ones, statistics);
  for (const InfoId id : hub.infos()) {
    const std::string& name = hub.name(id);
    if (!name.starts_with(mode_name(state.mode))) continue;
    taken.infos.emplace_back(options_.log_with_hierarchy ? name : without_mode(name, state.mode), *hub.find_info(id));
  }
  return taken;
}

std::string LogProcessor::line_of_iter(const LogNumbers& numbers) const {
  const LogState& state = numbers.state;
  const auto is_rate = [](const auto& entry) { return entry.first.ends_with("lr"); };
  const Entries& tagged = numbers.tag.empty() ? numbers.line : numbers.tag;
  std::vector<std::string> rates;
  std::set<std::string> not_again;
  for (const auto& entry : tagged) {
    if (!is_rate(entry)) continue;
    const std::string& short_name = *not_again.insert(without_mode(entry.first, state.mode)).first;
    rates.push_back(short_name + ": " +
                    decimals(entry.second.value, options_.num_digits, std::chars_format::scientific));
  }
  std::string line = header_of_iter(state) + join(rates, " ") + "  ";
  const auto time = find_log_entry(numbers.line, "time");
  const auto data_time = find_log_entry(numbers.line, "data_time");
  const bool has_times = time != numbers.line.end() && data_time != numbers.line.end();
  if (has_times && state.eta_s && std::abs(*state.eta_s) < kLongestEta) {
    line += fmt::format("eta: {}  time: {}  data_time: {}  ", duration_text(static_cast<int64_t>(*state.eta_s)),
                        decimals(time->second.value, options_.num_digits),
                        decimals(data_time->second.value, options_.num_digits));
    not_again.insert({"time", "data_time"});
  }
  if (state.memory_mb) line += fmt::format("memory: {}  ", *state.memory_mb);
  std::vector<std::string> items;
  for (const auto& [name, value] : numbers.line) {
    const bool is_loss = without_mode(name, state.mode).starts_with("loss");
    const bool is_shown = state.mode == Mode::train || (state.mode == Mode::val && is_loss);
    if (is_shown && !not_again.contains(name)) items.push_back(name + ": " + number_text(value));
  }
  return line + join(items, "  ");
}

std::string LogProcessor::header_of_epoch(const LogState& state) const {
  const std::string_view mode = mode_name(state.mode);
  const std::string batches = fmt::format("[{0}/{0}]  ", state.loader_length);
  if (!by_epoch(state)) return fmt::format("Iter({}) {}", mode, batches);
  if (state.mode == Mode::test) return fmt::format("Epoch(test) {}", batches);
  const bool is_train = state.mode == Mode::train;
  return fmt::format("Epoch({}) [{}]{}", mode, state.train_loop_built ? state.epoch + (is_train ? 1 : 0) : 0, batches);
}

std::string LogProcessor::line_of_epoch(const LogNumbers& numbers) const {
  std::vector<std::string> scalars, times, infos;
  for (const auto& [name, value] : numbers.line)
    (is_time(name, numbers.state.mode) ? times : scalars).push_back(name + ": " + number_text(value));
  for (const auto& [name, value] : numbers.infos) infos.push_back(name + ": " + info_text(value, options_.num_digits));
  std::string line = header_of_epoch(numbers.state);
  std::vector<std::string> items = std::move(scalars);
  items.insert(items.end(), infos.begin(), infos.end());
  items.insert(items.end(), times.begin(), times.end());
  return line + "  " + join(items, "  ");
}

std::string LogProcessor::line(const LogNumbers& numbers) const {
  return numbers.state.at == LogState::At::iter ? line_of_iter(numbers) : line_of_epoch(numbers);
}

std::vector<std::pair<std::string, State>> LogProcessor::tag(const LogNumbers& numbers) const {
  const LogState& state = numbers.state;
  std::vector<std::pair<std::string, State>> tag, times;
  if (state.at == LogState::At::epoch) {
    for (const auto& [name, value] : numbers.line)
      (is_time(name, state.mode) ? times : tag).emplace_back(name, number_state(value));
    if (state.with_non_scalar) tag.insert(tag.end(), numbers.infos.begin(), numbers.infos.end());
    tag.insert(tag.end(), times.begin(), times.end());
    return tag;
  }
  for (const auto& [name, value] : numbers.tag.empty() ? numbers.line : numbers.tag)
    tag.emplace_back(name, number_state(value));
  if (by_epoch(state) && state.mode != Mode::test) {
    const int64_t finished = state.train_loop_built ? state.epoch : 0;
    tag.emplace_back("epoch", state.mode == Mode::train ? state.epoch + 1 : finished);
  }
  tag.emplace_back("iter", state.train_loop_built ? state.iter + 1 : 0);
  if (state.memory_mb) tag.emplace_back("memory", *state.memory_mb);
  return tag;
}

std::string TypeOf<LogProcessor::Statistic>::name() { return "dict"; }

void TypeOf<LogProcessor::Statistic>::bind(LogProcessor::Statistic& field, const Value& value, Binder& binder) {
  if (!value.is_dict()) return binder.wrong_type(value, "a dict");
  const std::vector<std::string> known = statistic_schema().keys();
  const Value* method = value.find("method_name");
  std::vector<std::string> further;  // the statistics that come with a history take no more than a window
  if (method != nullptr && method->is_string() && !is_built_in(method->as_string())) {
    for (const auto& [key, argument] : value.as_dict()) {
      if (!key.is_string() || std::find(known.begin(), known.end(), key.as_string()) != known.end()) continue;
      further.push_back(key.as_string());
      field.arguments[key.as_string()] = argument;
    }
  }
  StatisticKeys keys = detail::make_options<StatisticKeys>();
  statistic_schema().bind(&keys, value, binder, further);
  field.data_src = *keys.data_src;
  field.method_name = *keys.method_name;
  field.log_name = keys.log_name;
  field.window_size = keys.window_size;
}

Value TypeOf<LogProcessor::Statistic>::dump(const LogProcessor::Statistic& field) {
  const StatisticKeys keys = {field.data_src, field.method_name, field.log_name, field.window_size};
  Value dict = statistic_schema().dump(&keys);
  for (const auto& [key, value] : field.arguments) dict.as_dict().set(key, value);
  return dict;
}

MILLRACE_REGISTER(LogProcessor, LogProcessor);

}  // namespace millrace
