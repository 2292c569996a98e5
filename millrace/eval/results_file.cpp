#include "millrace/eval/results_file.h"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/known_records.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "millrace/io/atomic_file.h"

namespace millrace {
namespace {

constexpr const char* kFormat = "millrace results";
constexpr int64_t kFormatVersion = 1;

bool is_pickle_path(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  return ending == ".pkl" || ending == ".pickle";
}

State tensors_state(const std::vector<at::Tensor>& tensors) { return State::list({tensors.begin(), tensors.end()}); }

State column_state(const Column& column) {
  struct {
    State operator()(const Dense& c) const { return State::dict({{"form", "dense"}, {"values", c.values}}); }
    State operator()(const TensorList& c) const {
      return State::dict({{"form", "tensors"}, {"values", tensors_state(c.values)}});
    }
    State operator()(const Meta& c) const { return State::dict({{"form", "meta"}, {"values", State::list(c.values)}}); }
    State operator()(const Ragged& c) const {
      return State::dict({{"form", "ragged"}, {"values", c.values}, {"offsets", c.offsets}});
    }
    State operator()(const RowList& c) const {
      return State::dict({{"form", "row_list"}, {"values", State::list(c.values)}, {"offsets", c.offsets}});
    }
  } const state_of;
  return std::visit(state_of, column);
}

Column column_of(const State& state) {
  const std::string& form = state.at("form").string();
  const State& values = state.at("values");
  if (form == "dense") return Dense{values.tensor()};
  if (form == "meta") return Meta{values.items()};
  if (form == "ragged") return Ragged{values.tensor(), state.at("offsets").tensor()};
  if (form == "row_list") return RowList{values.items(), state.at("offsets").tensor()};
  if (form != "tensors") throw Error("a column has the unknown form '" + form + "'");
  TensorList list;
  for (const State& value : values.items()) list.values.push_back(value.tensor());
  return list;
}

/// The number of rows that a column has.
int64_t rows_of(const Column& column) {
  struct {
    int64_t operator()(const Dense& c) const { return c.values.dim() == 0 ? -1 : c.values.size(0); }
    int64_t operator()(const TensorList& c) const { return static_cast<int64_t>(c.values.size()); }
    int64_t operator()(const Meta& c) const { return static_cast<int64_t>(c.values.size()); }
    int64_t operator()(const Ragged& c) const { return c.offsets.numel() - 1; }
    int64_t operator()(const RowList& c) const { return c.offsets.numel() - 1; }
  } const rows;
  return std::visit(rows, column);
}

State columns_file(const StoredResults& results) {
  State batches = State::list();
  for (const Batch& batch : results.batches) batches.push_back(state_of_batch(batch));
  return State::dict({{"format", kFormat},
                      {"version", kFormatVersion},
                      {"dataset_meta", results.dataset_meta},
                      {"batches", std::move(batches)}});
}

StoredResults of_columns_file(const State& file) {
  const State* format = file.find("format");
  if (!format || !format->is_string() || format->string() != kFormat)
    throw Error("this is not a file of DumpResults").note("a checkpoint holds weights, no predictions");
  if (const int64_t version = file.at("version").integer(); version != kFormatVersion)
    throw Error(fmt::format("the results have version {}, this Millrace reads version {}", version, kFormatVersion));
  StoredResults results{file.at("dataset_meta"), {}};
  for (const State& batch : file.at("batches").items()) results.batches.push_back(batch_of_state(batch));
  return results;
}

/// One dict for each row; a group is a dict in it.
State rows_list(const StoredResults& results) {
  State rows = State::list();
  for (const Batch& batch : results.batches)
    for (int64_t i = 0; i < batch.size(); ++i) {
      State dict = State::dict();
      const Sample row = batch.row(i);
      for (const Sample::Field& field : row.fields()) {
        State* within = &dict;
        for (const std::string& name : split(field.key.name(), '.')) within = &(*within)[name];
        *within = field.value;
      }
      rows.push_back(std::move(dict));
    }
  return rows;
}

bool is_single_integer(const State& value) {
  if (!value.is_tensor()) return false;
  const at::Tensor& tensor = value.tensor();
  return tensor.dim() == 1 && tensor.numel() == 1 && c10::isIntegralType(tensor.scalar_type(), /*includeBool=*/false);
}

/// The fields of the rows of a pickle, by their full names.
class PickledRows {
 public:
  explicit PickledRows(const State& file) {
    if (!file.is_sequence()) throw Error("a list with a dict for each sample is expected, got " + file.kind_name());
    for (const State& row : file.items()) {
      if (!row.is_dict())
        throw Error(fmt::format("sample {} is a {}, a dict is expected", rows_.size(), row.kind_name()));
      rows_.emplace_back();
      add(row, "");
    }
    for (const auto& row : rows_)
      for (const auto& [name, value] : row)
        if (!is_single_integer(value)) not_single_.insert(name);
  }

  std::vector<Sample> samples() const {
    std::vector<Sample> samples;
    for (const auto& row : rows_) {
      Sample& sample = samples.emplace_back();
      sample.set_position(static_cast<int64_t>(samples.size()) - 1);
      for (const auto& [name, value] : row) set(sample, name, value);
    }
    return samples;
  }

 private:
  void add(const State& dict, const std::string& group) {
    for (const auto& [key, value] : dict.entries()) {
      if (!key.is_string())
        throw Error(fmt::format("sample {} has a key that is a {}", rows_.size() - 1, key.kind_name()));
      const std::string name = group.empty() ? key.string() : group + "." + key.string();
      if (value.is_dict()) add(value, name);
      else rows_.back().emplace_back(name, value);
    }
  }

  void set(Sample& sample, const std::string& name, const State& value) const {
    const Key key(name);
    const bool is_of_instances = key.group() && key.group()->name().ends_with("instances");
    const bool is_tensor = value.is_tensor() && value.tensor().dim() > 0;
    if (is_of_instances && is_tensor) sample.set_rows(key, value.tensor());
    else if (is_of_instances && value.kind() == State::Kind::list) sample.set_row_list(key, value);
    else if (!not_single_.contains(name)) sample.set(key, value.tensor().squeeze(0));
    else sample.set(key, value);
  }

  std::vector<std::vector<std::pair<std::string, State>>> rows_;
  std::set<std::string> not_single_;  // names with another value than one integer in a tensor
};

std::vector<Batch> batches_of(const std::vector<Sample>& rows, int64_t size) {
  std::vector<Batch> batches;
  const std::span<const Sample> all(rows);
  for (size_t begin = 0; begin < all.size(); begin += static_cast<size_t>(size))
    batches.push_back(Batch::from(all.subspan(begin, std::min(static_cast<size_t>(size), all.size() - begin))));
  return batches;
}

}  // namespace

bool is_results_path(const std::string& path) {
  return is_pickle_path(path) || std::filesystem::path(path).extension() == ".pth";
}

void write_results(const std::string& path, const StoredResults& results, io::FileSystem& files) {
  if (!is_results_path(path)) throw Error(Place(path), "results are written to .pth, .pkl or .pickle");
  if (!is_pickle_path(path)) return save_checkpoint_file(path, columns_file(results), files);
  try {
    io::write_atomically(path, pickle_with_storages(rows_list(results)), files);
  } catch (Error& error) {
    throw error.note("while writing " + path);
  }
}

StoredResults read_results(const std::string& path) {
  if (!is_results_path(path)) throw Error(Place(path), "results are read from .pth, .pkl or .pickle");
  try {
    if (!is_pickle_path(path)) return of_columns_file(load_torch_file(path));
    return {State(), batches_of(PickledRows(read_pickle_file(path)).samples(), 1000)};
  } catch (Error& error) {
    throw error.locate(Place(path));
  }
}

State state_of_batch(const Batch& batch) {
  State columns = State::dict();
  for (const Batch::Entry& entry : batch.entries()) columns[entry.key.name()] = column_state(entry.column);
  return State::dict({{"positions", at::tensor(batch.positions(), at::kLong)}, {"columns", std::move(columns)}})
      .snapshot();
}

Batch batch_of_state(const State& state) {
  const at::Tensor positions = state.at("positions").tensor().to(at::kLong).contiguous();
  const int64_t* const first = positions.const_data_ptr<int64_t>();
  Batch batch(positions.numel());
  batch.set_positions({first, first + positions.numel()});
  for (const auto& [key, value] : state.at("columns").entries()) {
    Column column = column_of(value);
    if (rows_of(column) != batch.size())
      throw Error(fmt::format("'{}' has {} rows, the batch has {}", key.string(), rows_of(column), batch.size()));
    batch.set(Key(key.string()), std::move(column));
  }
  return batch;
}

std::vector<Batch> sorted_rows(const std::vector<Batch>& batches, int64_t size) {
  std::vector<Sample> rows;
  for (const Batch& batch : batches)
    for (int64_t i = 0; i < batch.size(); ++i) {
      rows.push_back(batch.row(i));
      rows.back().set_position(batch.positions()[static_cast<size_t>(i)]);
    }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Sample& a, const Sample& b) { return a.position() < b.position(); });
  return batches_of(rows, size);
}

}  // namespace millrace
