#include "millrace/eval/file_inputs.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

std::vector<std::string> keys_of(const Value& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.as_dict()) keys.push_back(key.as_string());
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::optional<double> number_in(const Value& value) {
  if (value.is_number()) return value.as_number();
  if (value.is_integer()) return static_cast<double>(value.as_integer());
  if (value.is_bool()) return value.as_bool() ? 1.0 : 0.0;
  return std::nullopt;
}

std::optional<int64_t> integer_in(const Value& value) {
  if (value.is_integer()) return value.as_integer();
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  if (!value.is_number()) return std::nullopt;
  const double number = value.as_number();
  if (std::trunc(number) != number || std::abs(number) > kLargestExactInteger) return std::nullopt;
  return static_cast<int64_t>(number);
}

/// "a list of lists of numbers" for two dimensions.
std::string nested(size_t dimensions, std::string_view of) {
  std::string text;
  for (size_t i = 0; i < dimensions; ++i) text += i == 0 ? "a list of " : "lists of ";
  return text + std::string(of);
}

}  // namespace

FileInputs::FileInputs(Value inputs, std::string owner) : inputs_(std::move(inputs)), owner_(std::move(owner)) {
  if (!inputs_.is_dict())
    throw error_at(inputs_, fmt::format("the inputs are a JSON object of lists, got {}", inputs_.repr()));
}

Error FileInputs::error_at(const Value& value, const std::string& what) const {
  return Error(value.place(), owner_ + ": " + what);
}

Error FileInputs::refusal(const std::string& key, const std::string& what) const {
  const Value* value = inputs_.find(key);
  return error_at(value ? *value : inputs_, within_ + key + " " + what);
}

const Value& FileInputs::require(const std::string& key) {
  read_.insert(key);
  if (const Value* value = inputs_.find(key)) return *value;
  const std::vector<std::string> given = keys_of(inputs_);
  Error error = error_at(inputs_, fmt::format("there is no '{}'{}", within_ + key, did_you_mean(key, given)));
  if (!given.empty()) error.note("the object has: " + join(given));
  if (const Value* inner = inputs_.find("inputs"); inner && inner->is_dict())
    error.note("the file is a whole case: write the object under its key 'inputs' into a file of its own");
  throw error;
}

void FileInputs::finish() const {
  for (const auto& [key, value] : inputs_.as_dict()) {
    if (read_.contains(key.as_string())) continue;
    const std::vector<std::string> known(read_.begin(), read_.end());
    throw Error(key.place(), fmt::format("{}: nobody reads '{}'{}", owner_, within_ + key.as_string(),
                                         did_you_mean(key.as_string(), known)))
        .note("it reads: " + join(known));
  }
}

size_t FileInputs::levels(const std::string& key) {
  size_t levels = 0;
  for (const Value* level = &require(key); level->is_sequence(); level = &level->items().front()) {
    ++levels;
    if (level->items().empty()) break;
  }
  return levels;
}

/// Looks at the first item of each level; tensor_of finds rows that differ from it.
std::vector<int64_t> FileInputs::shape_of(const std::string& key, const Value& value, const Dimensions& dimensions) {
  std::vector<int64_t> shape;
  const Value* level = &value;
  for (const std::string& dimension : dimensions) {
    const bool is_fixed = dimension.find_first_not_of("0123456789") == std::string::npos;
    const auto known = sizes_.find(dimension);
    int64_t size = is_fixed ? std::stoll(dimension) : known != sizes_.end() ? known->second.size : 0;
    if (level != nullptr) {
      if (!level->is_sequence()) return shape;  // tensor_of says what is wrong
      const auto own = static_cast<int64_t>(level->items().size());
      if (is_fixed && own != size)
        throw error_at(*level, fmt::format("{}{} needs {} numbers in its last lists, got {}", within_, key, size, own));
      if (!is_fixed && known != sizes_.end() && own != size)
        throw error_at(*level,
                       fmt::format("{}{} has {} {}, {} has {}", within_, key, own, dimension, known->second.of, size));
      size = own;
      if (!is_fixed) sizes_.insert({dimension, {size, within_ + key}});
      level = size == 0 ? nullptr : &level->items().front();
    }
    shape.push_back(size);
  }
  return shape;
}

template <class T, class Read>
at::Tensor FileInputs::tensor_of(const std::string& key, const Dimensions& dimensions, const Read& read) {
  const Value& value = require(key);
  const std::vector<int64_t> shape = shape_of(key, value, dimensions);
  const std::string_view kind = std::is_same_v<T, double> ? "numbers" : "integers";
  if (shape.size() != dimensions.size())
    throw error_at(
        value, fmt::format("{}{} is {}: {}", within_, key, nested(dimensions.size(), kind), join(dimensions, " x ")));
  at::Tensor tensor = at::empty(shape, std::is_same_v<T, double> ? at::kDouble : at::kLong);
  T* out = tensor.data_ptr<T>();
  const auto fill = [&](const auto& self, const Value& item, size_t depth, const std::string& name) -> void {
    if (depth == shape.size()) {
      const auto number = read(item);
      if (!number)
        throw error_at(item, fmt::format("{} is {}, expected {}", name, item.repr(),
                                         std::is_same_v<T, double> ? "a number" : "an integer"));
      *out++ = *number;
      return;
    }
    if (!item.is_sequence())
      throw error_at(item, fmt::format("{} is {}, expected {}", name, item.repr(), nested(shape.size() - depth, kind)));
    if (static_cast<int64_t>(item.items().size()) != shape[depth])
      throw error_at(
          item,
          fmt::format("{} has {} {}, those before it have {}", name, item.items().size(),
                      dimensions[depth] == std::to_string(shape[depth]) ? "numbers" : dimensions[depth], shape[depth]));
    size_t i = 0;
    for (const Value& inner : item.items()) self(self, inner, depth + 1, fmt::format("{}[{}]", name, i++));
  };
  fill(fill, value, 0, within_ + key);
  return tensor;
}

at::Tensor FileInputs::numbers(const std::string& key, const Dimensions& dimensions) {
  return tensor_of<double>(key, dimensions, number_in);
}

at::Tensor FileInputs::integers(const std::string& key, const Dimensions& dimensions) {
  return tensor_of<int64_t>(key, dimensions, integer_in);
}

at::Tensor FileInputs::labels(const std::string& key, const Dimensions& dimensions, int64_t classes,
                              std::optional<int64_t> ignored) {
  const at::Tensor labels = integers(key, dimensions);
  const int64_t* const first = labels.const_data_ptr<int64_t>();
  for (const int64_t* at = first; at != first + labels.numel(); ++at)
    if ((*at < 0 || *at >= classes) && *at != ignored)
      throw refusal(key, fmt::format("has the label {}, there are {} classes: 0 to {}{}", *at, classes, classes - 1,
                                     ignored ? fmt::format("; {} is ignored", *ignored) : ""));
  return labels;
}

std::vector<std::string> FileInputs::texts(const std::string& key, const std::string& dimension) {
  const Value& value = require(key);
  if (!value.is_sequence()) throw error_at(value, within_ + key + " is a list of texts, got " + value.repr());
  shape_of(key, value, {dimension});
  std::vector<std::string> texts;
  for (const Value& item : value.items()) {
    if (!item.is_string())
      throw error_at(item, fmt::format("{}{}[{}] is {}, expected a text", within_, key, texts.size(), item.repr()));
    texts.push_back(item.as_string());
  }
  return texts;
}

std::vector<FileInputs> FileInputs::objects(const std::string& key) {
  const Value& value = require(key);
  if (!value.is_sequence()) throw error_at(value, within_ + key + " is a list of objects, got " + value.repr());
  std::vector<FileInputs> objects;
  for (const Value& item : value.items()) {
    const std::string name = fmt::format("{}{}[{}]", within_, key, objects.size());
    if (!item.is_dict()) throw error_at(item, fmt::format("{} is {}, expected an object", name, item.repr()));
    objects.emplace_back(item, owner_);
    objects.back().within_ = name + ".";
  }
  return objects;
}

double FileInputs::number(const std::string& key) { return numbers(key, {}).item<double>(); }
int64_t FileInputs::integer(const std::string& key) { return integers(key, {}).item<int64_t>(); }

std::string FileInputs::name(const std::string& key) {
  const Value& value = require(key);
  if (value.is_string()) return value.as_string();
  return std::to_string(integer(key));
}

}  // namespace millrace
