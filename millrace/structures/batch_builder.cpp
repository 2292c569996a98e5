#include "millrace/structures/batch_builder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/structures/pixel_planes.h"

namespace millrace {

namespace {

template <class T>
void copy_elements(const at::Tensor& from, char* to) {
  const auto sizes = from.sizes(), strides = from.strides();
  const size_t rank = sizes.size();
  int64_t n[4] = {1, 1, 1, 1}, step[4] = {0, 0, 0, 0};
  for (size_t d = 0; d < rank; ++d) n[4 - rank + d] = sizes[d], step[4 - rank + d] = strides[d];
  const T* const base = static_cast<const T*>(from.const_data_ptr());
  T* out = reinterpret_cast<T*>(to);
  for (int64_t a = 0; a < n[0]; ++a)
    for (int64_t b = 0; b < n[1]; ++b)
      for (int64_t c = 0; c < n[2]; ++c) {
        const T* row = base + a * step[0] + b * step[1] + c * step[2];
        if (step[3] == 1) {
          std::memcpy(out, row, static_cast<size_t>(n[3]) * sizeof(T));
          out += n[3];
        } else {
          for (int64_t d = 0; d < n[3]; ++d) *out++ = row[d * step[3]];
        }
      }
}

/// Copies without ATen's operators, which cost more than a small image; false where only they can.
bool copy_row(const at::Tensor& from, char* to, int64_t bytes) {
  if (from.is_conj() || from.is_neg()) return false;
  if (from.is_contiguous()) {
    if (bytes > 0) std::memcpy(to, from.const_data_ptr(), static_cast<size_t>(bytes));
    return true;
  }
  if (from.dim() > 4) return false;
  // (3, H, W) bytes, a view of an image (H, W, 3) or of a window of it.
  if (from.dim() == 3 && from.element_size() == 1 && from.size(0) == 3 && from.stride(0) == 1 && from.stride(2) == 3 &&
      from.stride(1) >= 3 * from.size(2)) {
    split_into_planes(static_cast<const uint8_t*>(from.const_data_ptr()), from.stride(1), from.size(1), from.size(2),
                      reinterpret_cast<uint8_t*>(to));
    return true;
  }
  switch (from.element_size()) {
    case 1:
      copy_elements<uint8_t>(from, to);
      return true;
    case 2:
      copy_elements<uint16_t>(from, to);
      return true;
    case 4:
      copy_elements<uint32_t>(from, to);
      return true;
    case 8:
      copy_elements<uint64_t>(from, to);
      return true;
    default:
      return false;
  }
}

bool fits(const at::Tensor& tensor, const at::Tensor& column) {
  return tensor.sizes() == column.sizes().slice(1) && tensor.scalar_type() == column.scalar_type() &&
         tensor.device() == column.device() && tensor.layout() == at::kStrided;
}

at::Tensor first_rows(const at::Tensor& values, int64_t rows) {
  return values.size(0) == rows ? values : values.narrow(0, 0, rows);
}

std::string_view words_for(Sample::Form form) {
  static constexpr std::string_view kWords[] = {"one value", "rows of instances", "a list of rows"};
  return kWords[static_cast<size_t>(form)];
}

/// "(4) float32": what the rows of one column have in common.
std::string row_kind(const at::Tensor& rows) {
  return fmt::format("({}) {}", fmt::join(rows.sizes().slice(1), ", "), c10::toString(rows.scalar_type()));
}

}  // namespace

BatchBuilder::BatchBuilder(int64_t capacity, Memory memory) : capacity_(capacity), memory_(memory) {
  positions_.reserve(static_cast<size_t>(capacity));
}

BatchBuilder::Slot BatchBuilder::open_slot(const Sample::Field& field) const {
  Slot slot{.key = field.key};
  if (field.form != Sample::Form::whole) {
    slot.form = field.form == Sample::Form::rows ? Form::rows : Form::row_list;
    return slot;
  }
  const auto column = [&](at::ScalarType dtype, const at::Device& device, at::IntArrayRef row_sizes) {
    c10::SmallVector<int64_t, 6> sizes{capacity_};
    sizes.append(row_sizes.begin(), row_sizes.end());
    const bool pinned = memory_ == Memory::pinned && device.is_cpu();
    slot.values = at::empty(sizes, at::TensorOptions(dtype).device(device).pinned_memory(pinned));
    slot.row_bytes = slot.values.numel() / std::max<int64_t>(capacity_, 1) * slot.values.element_size();
    if (device.is_cpu()) slot.data = static_cast<char*>(slot.values.mutable_data_ptr());
  };
  switch (field.value.kind()) {
    case State::Kind::tensor: {
      const at::Tensor& tensor = field.value.tensor();
      if (tensor.layout() == at::kStrided) {
        slot.form = Form::dense;
        column(tensor.scalar_type(), tensor.device(), tensor.sizes());
      } else {
        slot.form = Form::list;
      }
      break;
    }
    case State::Kind::integer:
      slot.form = Form::integers;
      column(at::kLong, at::kCPU, {});
      break;
    case State::Kind::number:
      slot.form = Form::numbers;
      column(at::kFloat, at::kCPU, {});
      slot.meta.reserve(static_cast<size_t>(capacity_));
      break;
    case State::Kind::boolean:
      slot.form = Form::booleans;
      column(at::kBool, at::kCPU, {});
      break;
    default:
      slot.meta.reserve(static_cast<size_t>(capacity_));
  }
  return slot;
}

BatchBuilder::Slot& BatchBuilder::slot_of(Key key, size_t guess) {
  if (guess < slots_.size() && slots_[guess].key == key) return slots_[guess];
  for (Slot& slot : slots_)
    if (slot.key == key) return slot;
  throw Error(fmt::format("a sample has '{}', but earlier samples of the batch do not", key.name()));
}

void BatchBuilder::add(const Sample& sample) {
  if (size_ >= capacity_) throw Error(fmt::format("more samples than the {} that the batch was made for", capacity_));
  const auto& fields = sample.fields();
  if (size_ == 0) {
    slots_.reserve(fields.size());
    for (const Sample::Field& field : fields) slots_.push_back(open_slot(field));
  } else if (fields.size() < slots_.size()) {
    throw_key_mismatch(sample);
  }
  check_groups(sample);
  for (size_t i = 0; i < fields.size(); ++i) put(slot_of(fields[i].key, i), fields[i]);
  positions_.push_back(sample.position());
  ++size_;
}

void BatchBuilder::throw_key_mismatch(const Sample& sample) const {
  for (const Slot& slot : slots_)
    if (!sample.has(slot.key))
      throw Error(fmt::format("a sample has no '{}', but earlier samples of the batch do", slot.key.name()));
  MILLRACE_ASSERT(false, "a sample with fewer keys lacks none");
  std::terminate();
}

void BatchBuilder::check_groups(const Sample& sample) const {
  const auto& fields = sample.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto group = fields[i].form == Sample::Form::whole ? std::nullopt : fields[i].key.group();
    if (!group) continue;
    for (size_t j = 0; j < i; ++j) {
      if (fields[j].form == Sample::Form::whole || !fields[j].key.is_in(*group)) continue;
      const int64_t rows = row_count(fields[i].value), others = row_count(fields[j].value);
      if (rows != others)
        throw Error(fmt::format("a sample has {} rows of '{}' and {} of '{}'", others, fields[j].key.name(), rows,
                                fields[i].key.name()));
      break;  // which was compared with those before it
    }
  }
}

void BatchBuilder::put(Slot& slot, const Sample::Field& field) {
  const Sample::Form before = slot.form == Form::rows       ? Sample::Form::rows
                              : slot.form == Form::row_list ? Sample::Form::row_list
                                                            : Sample::Form::whole;
  if (field.form != before)
    throw Error(fmt::format("a sample gives '{}' as {}, earlier samples of the batch as {}", field.key.name(),
                            words_for(field.form), words_for(before)));
  if (before == Sample::Form::whole) put_whole(slot, field.value);
  else if (before == Sample::Form::rows) put_rows(slot, field.value.tensor());
  else slot.meta.push_back(field.value);
}

void BatchBuilder::put_rows(Slot& slot, const at::Tensor& rows) {
  if (!slot.list.empty()) {
    const at::Tensor& first = slot.list[0];
    if (rows.sizes().slice(1) != first.sizes().slice(1) || rows.scalar_type() != first.scalar_type() ||
        rows.device() != first.device())
      throw Error(fmt::format("rows of '{}' are {} in one sample and {} in another", slot.key.name(), row_kind(first),
                              row_kind(rows)))
          .help(fmt::format("sample.set_row_list(\"{}\"_key, …) for rows of different sizes", slot.key.name()));
  }
  slot.list.push_back(rows);
}

void BatchBuilder::put_whole(Slot& slot, const State& value) {
  const State::Kind kind = value.kind();
  switch (slot.form) {
    case Form::dense:
      if (kind == State::Kind::tensor && fits(value.tensor(), slot.values)) {
        const at::Tensor& tensor = value.tensor();
        if (size_ == 0) slot.first = tensor;
        if (!slot.data || !copy_row(tensor, slot.data + size_ * slot.row_bytes, slot.row_bytes))
          slot.values.select(0, size_).copy_(tensor);
        return;
      }
      turn_into_list(slot);
      return put_whole(slot, value);
    case Form::list:
      if (kind == State::Kind::tensor) {
        slot.list.push_back(value.tensor());
        return;
      }
      break;
    case Form::integers:
      if (kind == State::Kind::integer) {
        reinterpret_cast<int64_t*>(slot.data)[size_] = value.integer();
        return;
      }
      break;
    case Form::numbers:
      if (kind == State::Kind::number) {
        reinterpret_cast<float*>(slot.data)[size_] = static_cast<float>(value.number());
        slot.meta.push_back(value);
        return;
      }
      break;
    case Form::booleans:
      if (kind == State::Kind::boolean) {
        reinterpret_cast<bool*>(slot.data)[size_] = value.boolean();
        return;
      }
      break;
    case Form::meta:
      slot.meta.push_back(value);
      return;
    case Form::rows:
    case Form::row_list:
      break;  // never whole
  }
  turn_into_meta(slot);
  slot.meta.push_back(value);
}

void BatchBuilder::turn_into_list(Slot& slot) const {
  // Rows of the column that was too early: the first as it came, others as a copy, so that the column's memory is not
  // kept for them.
  for (int64_t i = 0; i < size_; ++i) slot.list.push_back(i == 0 ? slot.first : slot.values.select(0, i).clone());
  slot.first.reset();
  slot.values.reset();
  slot.form = Form::list;
}

void BatchBuilder::turn_into_meta(Slot& slot) const {
  for (int64_t i = 0; i < size_; ++i) {
    if (slot.form == Form::list) slot.meta.push_back(slot.list[static_cast<size_t>(i)]);
    if (slot.form == Form::integers) slot.meta.push_back(reinterpret_cast<const int64_t*>(slot.data)[i]);
    if (slot.form == Form::booleans) slot.meta.push_back(reinterpret_cast<const bool*>(slot.data)[i]);
  }
  slot.list.clear();
  slot.values.reset();
  slot.form = Form::meta;
}

at::Tensor BatchBuilder::joined_rows(const Slot& slot) const {
  const at::Tensor& first = slot.list[0];
  if (!first.is_cpu()) return at::cat(slot.list);
  c10::SmallVector<int64_t, 6> sizes(first.sizes().begin(), first.sizes().end());
  sizes[0] = 0;
  for (const at::Tensor& rows : slot.list) sizes[0] += rows.size(0);
  at::Tensor joined = at::empty(sizes, at::TensorOptions(first.scalar_type()).pinned_memory(memory_ == Memory::pinned));
  char* to = static_cast<char*>(joined.mutable_data_ptr());
  int64_t done = 0;
  for (const at::Tensor& rows : slot.list) {
    const int64_t bytes = rows.numel() * rows.element_size();
    if (!copy_row(rows, to, bytes)) joined.narrow(0, done, rows.size(0)).copy_(rows);
    to += bytes;
    done += rows.size(0);
  }
  return joined;
}

at::Tensor BatchBuilder::offsets_of(const Slot& slot, std::vector<std::pair<Key, at::Tensor>>& offsets) const {
  const auto group = slot.key.group();
  for (const auto& [key, held] : offsets)
    if (group == key) return held;
  at::Tensor own = at::empty({size_ + 1}, at::kLong);
  int64_t* const out = own.mutable_data_ptr<int64_t>();
  out[0] = 0;
  for (int64_t i = 0; i < size_; ++i) {
    const auto place = static_cast<size_t>(i);
    out[i + 1] = out[i] + (slot.form == Form::rows ? slot.list[place].size(0) : row_count(slot.meta[place]));
  }
  if (group) offsets.emplace_back(*group, own);
  return own;
}

Column BatchBuilder::close_slot(Slot& slot, std::vector<std::pair<Key, at::Tensor>>& offsets) const {
  switch (slot.form) {
    case Form::meta:
      return Meta{std::move(slot.meta)};
    case Form::list:
      return TensorList{std::move(slot.list)};
    case Form::rows:
      return Ragged{joined_rows(slot), offsets_of(slot, offsets)};
    case Form::row_list: {
      at::Tensor own = offsets_of(slot, offsets);
      return RowList{std::move(slot.meta), std::move(own)};
    }
    default:
      return Dense{first_rows(slot.values, size_)};
  }
}

Batch BatchBuilder::finish() {
  Batch batch(0);
  std::vector<std::pair<Key, at::Tensor>> offsets;  // of each group
  if (size_ > 0)
    for (Slot& slot : slots_) batch.set(slot.key, close_slot(slot, offsets));
  batch.set_positions(std::move(positions_));
  slots_.clear();
  positions_.clear();
  size_ = 0;
  return batch;
}

}  // namespace millrace
