#include "millrace/tensor/state.h"

#include <ATen/ops/empty_strided.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

[[noreturn]] void throw_other_kind(const State& state, std::string_view needed) {
  throw Error(fmt::format("the state holds {}, {} is needed", state.kind_name(), needed));
}

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_tensor(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() != b.scalar_type() || a.layout() != b.layout() || a.sizes() != b.sizes()) return false;
  if (a.layout() != at::kStrided || a.is_quantized()) throw Error("only dense tensors can be compared as states");
  const c10::NoGradGuard no_grad;
  const at::Tensor x = a.detach().cpu().resolve_conj().resolve_neg().contiguous();
  const at::Tensor y = b.detach().cpu().resolve_conj().resolve_neg().contiguous();
  if (x.nbytes() == 0 || std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0) return true;
  // Other bits may still mean the same: the two zeros, and the many NaN. Types of one byte have no comparison in ATen.
  if (!(x.is_floating_point() || x.is_complex()) || x.element_size() == 1) return false;
  return x.eq(y).logical_or(x.ne(x).logical_and(y.ne(y))).all().item<bool>();
}

bool same_states(const State::List& a, const State::List& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!a[i].equals(b[i])) return false;
  return true;
}

/// Copies each tensor once: two states that hold the same view of the same memory get the same copy.
class Snapshot {
 public:
  State of(const State& state) {
    switch (state.kind()) {
      case State::Kind::tensor:
        return copy(state.tensor());
      case State::Kind::list:
        return State::list(of(state.items()));
      case State::Kind::tuple:
        return State::tuple(of(state.items()));
      case State::Kind::dict: {
        State::Items entries;
        entries.reserve(state.entries().size());
        for (const State::Item& item : state.entries()) entries.push_back({of(item.key), of(item.value)});
        return State::dict(std::move(entries));
      }
      case State::Kind::record: {
        const State::Record& record = state.record();
        return State::Record{record.type, of(record.arguments), of(record.state), of(record.items)};
      }
      default:
        return state;
    }
  }

 private:
  State::List of(const State::List& items) {
    State::List copies;
    copies.reserve(items.size());
    for (const State& item : items) copies.push_back(of(item));
    return copies;
  }

  at::Tensor copy(const at::Tensor& tensor) {
    const c10::NoGradGuard no_grad;
    const at::Tensor source = tensor.detach();
    const bool shared = source.has_storage();
    const void* memory = shared ? source.storage().unsafeGetStorageImpl() : nullptr;
    if (shared) {
      for (auto [it, end] = copies_.equal_range(memory); it != end; ++it) {
        const at::Tensor& known = it->second.first;
        if (known.scalar_type() == source.scalar_type() && known.storage_offset() == source.storage_offset() &&
            known.sizes() == source.sizes() && known.strides() == source.strides() &&
            known.is_conj() == source.is_conj() && known.is_neg() == source.is_neg())
          return it->second.second;
      }
    }
    const at::Tensor result = source.is_cpu() ? duplicate(source) : source.cpu();
    if (shared) copies_.emplace(memory, std::make_pair(source, result));
    return result;
  }

  static at::Tensor duplicate(const at::Tensor& source) {
    const bool is_plain =
        source.layout() == at::kStrided && !source.is_quantized() && !source.is_conj() && !source.is_neg();
    if (!is_plain || !source.is_non_overlapping_and_dense()) return source.clone();
    // One thread: a parallel copy waits for its slowest thread, tensor by tensor, where loader workers are busy.
    const at::Tensor result = at::empty_strided(source.sizes(), source.strides(), source.options());
    if (result.nbytes() > 0) std::memcpy(result.mutable_data_ptr(), source.const_data_ptr(), result.nbytes());
    return result;
  }

  std::unordered_multimap<const void*, std::pair<at::Tensor, at::Tensor>> copies_;
};

}  // namespace

State::State(at::Tensor value) {
  if (value.defined()) data_ = std::move(value);
}

State::State(Record record) : data_(HeapValue<Record>(std::move(record))) {}

State State::list(List items) {
  State state;
  state.data_ = std::move(items);
  return state;
}

State State::tuple(List items) {
  State state;
  state.data_ = HeapValue<TupleItems>(TupleItems{std::move(items)});
  return state;
}

State State::dict() { return dict(Items()); }
State State::dict(Items items) {
  State state;
  state.data_ = HeapValue<Items>(std::move(items));
  return state;
}

State State::large(uint64_t value) {
  std::string digits(9, '\0');
  for (size_t i = 0; i < 8; ++i) digits[i] = static_cast<char>(value >> (8 * i));
  return Record{"int", tuple({Bytes{std::move(digits)}}), {}, {}};
}

State::Kind State::kind() const {
  constexpr Kind kKinds[] = {Kind::none, Kind::boolean, Kind::integer, Kind::number, Kind::string, Kind::bytes,
                             Kind::list, Kind::tuple,   Kind::dict,    Kind::tensor, Kind::record};
  static_assert(std::variant_size_v<decltype(data_)> == std::size(kKinds));
  return kKinds[data_.index()];
}

std::string State::kind_name() const {
  constexpr const char* kNames[] = {"None", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "tensor"};
  return kind() == Kind::record ? record().type : kNames[data_.index()];
}

bool State::boolean() const {
  if (const bool* value = std::get_if<bool>(&data_)) return *value;
  throw_other_kind(*this, "bool");
}

int64_t State::integer() const {
  if (const int64_t* value = std::get_if<int64_t>(&data_)) return *value;
  if (const bool* value = std::get_if<bool>(&data_)) return *value;
  throw_other_kind(*this, "int");
}

double State::number() const {
  if (const double* value = std::get_if<double>(&data_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&data_)) return static_cast<double>(*value);
  if (const bool* value = std::get_if<bool>(&data_)) return *value;
  throw_other_kind(*this, "float");
}

std::string State::string() && { return std::as_const(*this).string(); }

const std::string& State::string() const& {
  if (const std::string* value = std::get_if<std::string>(&data_)) return *value;
  throw_other_kind(*this, "str");
}

const std::string& State::bytes() const {
  if (const Bytes* value = std::get_if<Bytes>(&data_)) return value->data;
  throw_other_kind(*this, "bytes");
}

at::Tensor State::tensor() && { return std::as_const(*this).tensor(); }

const at::Tensor& State::tensor() const& {
  if (const at::Tensor* value = std::get_if<at::Tensor>(&data_)) return *value;
  throw_other_kind(*this, "tensor");
}

const State::List& State::items() const& {
  if (const List* value = std::get_if<List>(&data_)) return *value;
  if (const auto* value = std::get_if<HeapValue<TupleItems>>(&data_)) return (**value).items;
  throw_other_kind(*this, "list or tuple");
}

State::List State::items() && { return std::move(items()); }

State::List& State::items() & { return const_cast<List&>(std::as_const(*this).items()); }

const State::Items& State::entries() const& {
  if (const auto* value = std::get_if<HeapValue<Items>>(&data_)) return **value;
  throw_other_kind(*this, "dict");
}

State::Items State::entries() && { return std::move(entries()); }

State::Items& State::entries() & { return const_cast<Items&>(std::as_const(*this).entries()); }

const State::Record& State::record() const {
  if (const auto* value = std::get_if<HeapValue<Record>>(&data_)) return **value;
  throw_other_kind(*this, "an object of a class");
}

const State* State::find(std::string_view key) const {
  const auto* dict = std::get_if<HeapValue<Items>>(&data_);
  if (!dict) return nullptr;
  for (const Item& item : **dict) {
    const std::string* name = std::get_if<std::string>(&item.key.data_);
    if (name && *name == key) return &item.value;
  }
  return nullptr;
}

State* State::find(std::string_view key) { return const_cast<State*>(std::as_const(*this).find(key)); }

State State::at(std::string_view key) && { return std::move(const_cast<State&>(std::as_const(*this).at(key))); }

const State& State::at(std::string_view key) const& {
  if (const State* value = find(key)) return *value;
  std::vector<std::string> names;
  for (const Item& item : entries())
    if (item.key.is_string()) names.push_back(item.key.string());
  throw Error(fmt::format("no key '{}' in the state{}", key, did_you_mean(key, names)));
}

State& State::operator[](std::string_view key) {
  if (is_none()) *this = dict();
  if (State* value = find(key)) return *value;
  entries().push_back({std::string(key), nullptr});
  return entries().back().value;
}

bool State::erase(std::string_view key) {
  Items& all = entries();
  return std::erase_if(all, [&](const Item& item) { return item.key.is_string() && item.key.string() == key; }) > 0;
}

void State::push_back(State item) { items().push_back(std::move(item)); }

bool State::equals(const State& other) const {
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::none:
      return true;
    case Kind::boolean:
      return boolean() == other.boolean();
    case Kind::integer:
      return integer() == other.integer();
    case Kind::number:
      return same_number(number(), other.number());
    case Kind::string:
      return string() == other.string();
    case Kind::bytes:
      return bytes() == other.bytes();
    case Kind::list:
    case Kind::tuple:
      return same_states(items(), other.items());
    case Kind::dict: {
      const Items& a = entries();
      const Items& b = other.entries();
      if (a.size() != b.size()) return false;
      for (size_t i = 0; i < a.size(); ++i)
        if (!a[i].key.equals(b[i].key) || !a[i].value.equals(b[i].value)) return false;
      return true;
    }
    case Kind::tensor:
      return same_tensor(tensor(), other.tensor());
    case Kind::record: {
      const Record& a = record();
      const Record& b = other.record();
      return a.type == b.type && a.arguments.equals(b.arguments) && a.state.equals(b.state) && a.items.equals(b.items);
    }
  }
  return false;
}

State State::snapshot() const { return Snapshot().of(*this); }

}  // namespace millrace
