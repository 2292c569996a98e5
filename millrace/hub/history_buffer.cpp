#include "millrace/hub/history_buffer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

/// Neumaier's sum (1974): as good as the pairwise sum that made the reference values, at any length.
double compensated_sum(std::span<const double> values) {
  double sum = 0;
  double lost = 0;
  double plain = 0;
  for (const double value : values) {
    plain += value;
    const double next = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return std::isfinite(sum + lost) ? sum + lost : plain;
}

/// The value of a tensor of one element in the memory of this process: a tenth of what item() costs.
Number read_on_cpu(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return *tensor.const_data_ptr<float>();
    case at::kDouble:
      return *tensor.const_data_ptr<double>();
    case at::kLong:
      return *tensor.const_data_ptr<int64_t>();
    case at::kInt:
      return *tensor.const_data_ptr<int32_t>();
    case at::kBFloat16:
      return static_cast<float>(*tensor.const_data_ptr<at::BFloat16>());
    case at::kHalf:
      return static_cast<float>(*tensor.const_data_ptr<at::Half>());
    default:
      return {tensor.item<double>(), at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true)};
  }
}

void check_one_real_element(const at::Tensor& tensor) {
  if (!tensor.defined()) throw Error("a history takes a number, got an undefined tensor");
  if (tensor.numel() != 1)
    throw Error(fmt::format("a history takes one number at a time, got a tensor of {} elements", tensor.numel()));
  if (at::isComplexType(tensor.scalar_type())) throw Error("a history takes real numbers, got a complex tensor");
}

HistoryBuffer::Window window_argument(std::string_view statistic, const HistoryBuffer::Arguments& arguments) {
  HistoryBuffer::Window window;
  for (const auto& [name, value] : arguments) {
    if (name != "window_size")
      throw Error(value.place(),
                  fmt::format("the statistic '{}' has no argument '{}'; it takes window_size", statistic, name));
    if (value.is_null()) continue;
    if (!value.is_integer())
      throw Error(value.place(),
                  fmt::format("window_size of the statistic '{}' must be an int, got {}", statistic, value.repr()));
    window = value.as_integer();
  }
  return window;
}

at::Tensor tensor_of(std::span<const double> values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kDouble);
  if (!values.empty()) std::memcpy(tensor.mutable_data_ptr<double>(), values.data(), values.size_bytes());
  return tensor;
}

/// The numbers of a 1-d tensor or of a list; nothing if it is neither.
std::optional<std::vector<Number>> numbers_of(const State& state) {
  std::vector<Number> numbers;
  if (state.is_tensor()) {
    const at::Tensor& tensor = state.tensor();
    if (!tensor.defined() || tensor.dim() > 1 || at::isComplexType(tensor.scalar_type())) return std::nullopt;
    const bool is_integer = at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true);
    const at::Tensor copy = tensor.detach().to(at::kCPU).to(at::kDouble).reshape({-1}).contiguous();
    numbers.reserve(static_cast<size_t>(copy.numel()));
    const double* first = copy.const_data_ptr<double>();
    for (int64_t i = 0; i < copy.numel(); ++i) numbers.emplace_back(first[i], is_integer);
    return numbers;
  }
  if (!state.is_sequence()) return std::nullopt;
  numbers.reserve(state.items().size());
  for (const State& item : state.items()) {
    if (item.kind() != State::Kind::number && !item.is_integer()) return std::nullopt;
    numbers.emplace_back(item.number(), item.is_integer());
  }
  return numbers;
}

}  // namespace

HistoryBuffer::HistoryBuffer(int64_t max_length) : max_length_(max_length) {
  if (max_length < 1) throw Error(fmt::format("max_length of a history must be at least 1, got {}", max_length));
}

HistoryBuffer::HistoryBuffer(std::vector<Number> values, std::vector<double> counts, int64_t max_length)
    : HistoryBuffer(max_length) {
  if (values.size() != counts.size())
    throw Error(fmt::format("a history needs as many counts as values, got {} and {}", counts.size(), values.size()));
  const size_t kept = std::min(values.size(), static_cast<size_t>(max_length));
  values_.reserve(kept);
  counts_.reserve(kept);
  for (size_t i = values.size() - kept; i < values.size(); ++i) update(values[i], counts[i]);
}

void HistoryBuffer::update(const at::Tensor& value, double count) {
  if (value.defined() && value.device().is_cpu() && value.layout() == at::kStrided) {
    check_one_real_element(value);
    update(read_on_cpu(value), count);
  } else {
    defer(value, count);
  }
}

void HistoryBuffer::defer(const at::Tensor& value, double count) {
  check_one_real_element(value);
  if (pending_.size() >= kMaxPending) fetch();
  const int64_t position = erased_ + static_cast<int64_t>(values_.size());
  pending_.push_back({position, value.tensor_data()});  // the graph and its activations are let go
  append(std::numeric_limits<double>::quiet_NaN(), count);
  is_integer_ = is_integer_ && at::isIntegralType(value.scalar_type(), /*includeBool=*/true);
}

void HistoryBuffer::drop_oldest() {
  ++begin_;
  if (begin_ < static_cast<size_t>(max_length_)) return;
  // As many entries are moved as were dropped since the last time: amortised, a drop costs one move.
  values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(begin_));
  counts_.erase(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(begin_));
  erased_ += static_cast<int64_t>(begin_);
  begin_ = 0;
}

void HistoryBuffer::fetch() const {
  if (pending_.empty()) return;
  const std::array<const HistoryBuffer*, 1> self = {this};
  fetch(self);
}

void HistoryBuffer::fetch(std::span<const HistoryBuffer* const> histories) {
  struct Group {  // what can be stacked
    at::Device device;
    at::ScalarType dtype;
    std::vector<at::Tensor> tensors;
    std::vector<std::pair<const HistoryBuffer*, int64_t>> places;
  };
  std::vector<Group> groups;
  for (const HistoryBuffer* history : histories) {
    for (const Pending& pending : history->pending_) {
      if (pending.position < history->erased_) continue;
      const auto fits = [&](const Group& group) {
        return group.device == pending.value.device() && group.dtype == pending.value.scalar_type();
      };
      auto group = std::find_if(groups.begin(), groups.end(), fits);
      if (group == groups.end())
        group = groups.insert(groups.end(), {pending.value.device(), pending.value.scalar_type(), {}, {}});
      group->tensors.push_back(pending.value.dim() == 0 ? pending.value : pending.value.reshape({}));
      group->places.emplace_back(history, pending.position - history->erased_);
    }
  }
  for (const Group& group : groups) {
    const at::Tensor stacked = at::stack(group.tensors).to(at::kCPU).to(at::kDouble);
    const double* value = stacked.const_data_ptr<double>();
    for (const auto& [history, index] : group.places) history->values_[static_cast<size_t>(index)] = *value++;
  }
  for (const HistoryBuffer* history : histories) history->pending_.clear();
}

std::span<const double> HistoryBuffer::values() const {
  fetch();
  return std::span(values_).subspan(begin_);
}

std::span<const double> HistoryBuffer::counts() const { return std::span(counts_).subspan(begin_); }

std::span<const double> HistoryBuffer::window_of(const std::vector<double>& column, Window window) const {
  const std::span<const double> all = std::span(column).subspan(begin_);
  const int64_t wanted = window.value_or(0);
  if (wanted == 0 || wanted >= size()) return all;
  if (wanted > 0) return all.last(static_cast<size_t>(wanted));
  return wanted <= -size() ? std::span<const double>() : all.subspan(static_cast<size_t>(-wanted));
}

std::span<const double> HistoryBuffer::some(Window window, const char* statistic) const {
  fetch();
  const std::span<const double> values = window_of(values_, window);
  if (values.empty()) throw Error(fmt::format("the {} of a history without entries was asked", statistic));
  return values;
}

double HistoryBuffer::mean(Window window) const {
  fetch();
  return compensated_sum(window_of(values_, window)) / compensated_sum(window_of(counts_, window));
}

Number HistoryBuffer::max(Window window) const {
  double best = -std::numeric_limits<double>::infinity();
  for (const double value : some(window, "max")) best = std::isnan(best) || value <= best ? best : value;
  return {best, is_integer()};
}

Number HistoryBuffer::min(Window window) const {
  double best = std::numeric_limits<double>::infinity();
  for (const double value : some(window, "min")) best = std::isnan(best) || value >= best ? best : value;
  return {best, is_integer()};
}

Number HistoryBuffer::current() const { return {some(1, "current value").back(), is_integer()}; }

std::span<const std::string> HistoryBuffer::statistic_names() {
  static const std::array<std::string, 4> names = {"current", "max", "mean", "min"};
  return names;
}

Number HistoryBuffer::statistic(std::string_view name, const Arguments& arguments) const {
  if (name == "mean") return mean(window_argument(name, arguments));
  if (name == "max") return max(window_argument(name, arguments));
  if (name == "min") return min(window_argument(name, arguments));
  if (name != "current")
    throw Error(fmt::format("a history has no statistic '{}'{}", name, did_you_mean(name, statistic_names())))
        .note("statistics: " + join(statistic_names()));
  if (!arguments.empty())
    throw Error(arguments.front().second.place(),
                fmt::format("the statistic 'current' takes no argument, got '{}'", arguments.front().first));
  return current();
}

State HistoryBuffer::state_dict() const {
  at::Tensor values_tensor = tensor_of(values());
  if (is_integer()) {
    const auto fits = [](double value) { return std::abs(value) <= kExactIntegers; };
    if (std::all_of(values_.begin() + static_cast<std::ptrdiff_t>(begin_), values_.end(), fits))
      values_tensor = values_tensor.to(at::kLong);
  }
  std::span<const double> written = counts();
  const auto differs = [&](double count) { return count != written.front(); };
  if (!written.empty() && std::none_of(written.begin(), written.end(), differs)) written = written.first(1);
  State state = State::dict({{"values", std::move(values_tensor)}, {"counts", tensor_of(written)}});
  if (max_length_ != kMaxLength) state["max_length"] = max_length_;
  return state;
}

std::optional<HistoryBuffer> HistoryBuffer::from_state(const State& state) {
  if (state.kind() == State::Kind::record) {
    const State::Record& record = state.record();
    const bool is_history = record.type.ends_with("HistoryBuffer") && record.state.is_dict();
    return is_history ? from_state(record.state) : std::nullopt;
  }
  const bool foreign = state.find("_log_history") != nullptr;
  const State* values_state = state.find(foreign ? "_log_history" : "values");
  const State* counts_state = state.find(foreign ? "_count_history" : "counts");
  const State* max_length_state = state.find(foreign ? "_max_length" : "max_length");
  if (values_state == nullptr || counts_state == nullptr) return std::nullopt;
  std::optional<std::vector<Number>> values = numbers_of(*values_state);
  const std::optional<std::vector<Number>> read_counts = numbers_of(*counts_state);
  if (!values || !read_counts) return std::nullopt;
  std::vector<double> counts;
  counts.reserve(values->size());
  for (const Number& count : *read_counts) counts.push_back(count.value);
  if (counts.size() == 1) counts.assign(values->size(), counts.front());
  if (counts.size() != values->size()) return std::nullopt;
  int64_t max_length = kMaxLength;
  if (max_length_state != nullptr && max_length_state->is_integer() && max_length_state->integer() >= 1)
    max_length = max_length_state->integer();
  return HistoryBuffer(std::move(*values), std::move(counts), max_length);
}

}  // namespace millrace
