#include "millrace/structures/loss_map.h"

#include <ATen/ops/mean.h>

#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

/// Whether the name contains "loss": searched once a thread and name.
bool counts(Key name) {
  thread_local std::vector<int8_t> known;  // by id: -1 not asked yet
  const auto id = static_cast<size_t>(name.id());
  if (id >= known.size()) known.resize(id + 1, -1);
  if (known[id] < 0) known[id] = name.name().find("loss") != std::string::npos;
  return known[id] != 0;
}

}  // namespace

LossMap::LossMap(std::initializer_list<std::pair<Key, at::Tensor>> entries) {
  for (const auto& [name, value] : entries) add(name, value);
}

void LossMap::add(Key name, const at::Tensor& value) {
  if (!value.defined()) throw Error("the loss '" + name.name() + "' is an undefined tensor");
  if (value.numel() == 0)
    throw Error("the loss '" + name.name() + "' is a tensor without elements: its mean would be nan");
  if (find(name)) throw Error("the loss '" + name.name() + "' is given twice");
  entries_.push_back({name, value.dim() == 0 ? value : at::mean(value)});
  if (!counts(name)) return;
  const at::Tensor& part = entries_.back().value;
  total_ = total_.defined() ? total_.add(part) : part;
}

void LossMap::add(Key name, at::TensorList values) {
  if (values.empty()) throw Error("the loss '" + name.name() + "' is an empty list");
  at::Tensor sum;
  for (const at::Tensor& value : values) {
    if (!value.defined()) throw Error("the loss '" + name.name() + "' has an undefined tensor in its list");
    const at::Tensor one = value.dim() == 0 ? value : at::mean(value);
    sum = sum.defined() ? sum.add(one) : one;
  }
  add(name, sum);
}

void LossMap::add(const LossMap& other) {
  for (const Entry& entry : other.entries_) add(entry.name, entry.value);
}

const at::Tensor& LossMap::total() const {
  if (!has_total()) {
    std::vector<std::string> names;
    for (const Entry& entry : entries_) names.push_back(entry.name.name());
    throw Error("nothing to minimise: no entry's name contains 'loss'; entries: " +
                (names.empty() ? "none" : join(names)));
  }
  return total_;
}

const at::Tensor* LossMap::find(Key name) const {
  for (const Entry& entry : entries_)
    if (entry.name == name) return &entry.value;
  return nullptr;
}

void LossMap::detach() {
  const at::Tensor total = total_;
  if (total.defined() && total.requires_grad()) total_ = total.detach();
  for (Entry& entry : entries_) {
    if (entry.value.is_same(total)) entry.value = total_;
    else if (entry.value.requires_grad()) entry.value = entry.value.detach();
  }
}

Key LossMap::total_name() {
  static const Key kLoss("loss");
  return kLoss;
}

}  // namespace millrace
