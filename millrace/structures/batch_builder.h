#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/structures/batch.h"
#include "millrace/structures/sample.h"

namespace millrace {

/// Builds a batch from samples, one after the other, with the forms of Batch::from. With the first sample it allocates
/// a column of the whole batch for each tensor and number, copies the samples into their places and releases them. Rows
/// of instances are kept and copied once at the end.
///
///     BatchBuilder builder(32, BatchBuilder::Memory::ordinary);
///     for (int64_t i = 0; i < 32; ++i) builder.add(dataset.load(i, rng));
///     Batch batch = builder.finish();
class BatchBuilder {
 public:
  enum class Memory { ordinary, pinned };  // pinned: page-locked, for fast copies to a CUDA device

  BatchBuilder(int64_t capacity, Memory memory);

  /// Throws Error if the sample's keys or their forms differ from those of the first one, or if columns of one group
  /// have different numbers of rows. Call it at most `capacity` times.
  void add(const Sample& sample);
  /// The batch of the added samples, with their positions. The builder is empty afterwards.
  Batch finish();

 private:
  enum class Form { dense, list, integers, numbers, booleans, meta, rows, row_list };
  struct Slot {
    Key key;
    Form form = Form::meta;
    at::Tensor values;     // of dense, integers, numbers, booleans: (capacity, …)
    char* data = nullptr;  // of `values`, where it may be written by memcpy
    int64_t row_bytes = 0;
    at::Tensor first;              // of dense: the first row as it came
    std::vector<at::Tensor> list;  // of list, rows
    std::vector<State> meta;       // of meta, row_list
  };

  Slot open_slot(const Sample::Field& field) const;
  Slot& slot_of(Key key, size_t guess);
  void put(Slot& slot, const Sample::Field& field);
  void put_whole(Slot& slot, const State& value);
  void put_rows(Slot& slot, const at::Tensor& rows);
  void check_groups(const Sample& sample) const;
  void turn_into_list(Slot& slot) const;
  void turn_into_meta(Slot& slot) const;
  Column close_slot(Slot& slot, std::vector<std::pair<Key, at::Tensor>>& offsets) const;
  at::Tensor joined_rows(const Slot& slot) const;
  at::Tensor offsets_of(const Slot& slot, std::vector<std::pair<Key, at::Tensor>>& offsets) const;
  [[noreturn]] void throw_key_mismatch(const Sample& sample) const;

  int64_t capacity_;
  Memory memory_;
  int64_t size_ = 0;
  std::vector<Slot> slots_;
  std::vector<int64_t> positions_;
};

}  // namespace millrace
