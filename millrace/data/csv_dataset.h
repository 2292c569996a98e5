#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/data/separator.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/data/text_encoding.h"

namespace millrace {

/// A table of numbers and categories, one row a sample, with a class or numbers to be predicted.
///
///     dict(type='CSVDataset', ann_file='penguins.csv', label='species', missing='drop', split='train')
///     dict(type='CSVDataset', ann_file='ETTh1.csv', features=['HUFL', 'HULL'], targets=['OT'])
///
/// A column of texts is one number for each of its categories, 1 for the one that a row has; a column of numbers is one
/// number. In the file (a text as io::read_text reads it) the first row names the columns.
///
/// Gives   inputs      (F,) float32, in the order of `features`
///         label       int: the place of the row's text among the classes; with `label`, under the name `label_key`
///         gt_value    (T,) float32; with `targets`
/// Meta    classes, feature_names; with standardize also feature_mean and feature_std
/// Throws  Error with the line's number for a row that does not fit the others, a field that is not a number in a column
///         of numbers (where more than half of the fields are numbers, or nearly: "0,04", "12%", "1 000"), an unknown
///         category, a missing value
class CSVDataset : public Dataset {
 public:
  enum class Missing { error, drop };
  enum class Split { all, train, test };
  struct Options {
    Required<std::string> ann_file;
    std::string data_root{};
    std::optional<std::string> label;
    Default<std::string> label_key = by_default(std::string("label"));
    std::vector<std::string> targets{};
    std::optional<std::vector<std::string>> features;
    std::optional<std::vector<std::string>> classes;
    std::map<std::string, std::vector<std::string>> categories{};
    Missing missing = Missing::error;
    std::vector<std::string> missing_values = {"", "NA", "NaN", "nan", "null", "?"};
    Split split = Split::all;
    int64_t test_every = 5;
    bool standardize = false;
    bool header = true;
    Separator delimiter = ",";
    Separator decimal = ".";
    std::string encoding = "utf-8";
    DatasetOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      using O = Options;
      f("ann_file", &O::ann_file, "the table, below data_root").not_empty();
      f("data_root", &O::data_root, "folder of the table");
      f("label", &O::label, "column whose texts are the classes");
      f("label_key", &O::label_key, "key of the class in a sample; a task's dataset has its own").not_empty();
      f("targets", &O::targets, "columns of the numbers that are to be predicted");
      f("features", &O::features, "columns that are given to the model; None: all others");
      f("classes", &O::classes, "texts of the label column in the order of their numbers; None: sorted");
      f("categories", &O::categories, "texts of a feature column in the order of their numbers; none: sorted");
      f("missing", &O::missing, "what a row with a missing value is");
      f("missing_values", &O::missing_values, "texts that mean that a value is missing");
      f("split", &O::split, "which rows: those for training, those for tests, or all");
      f("test_every", &O::test_every, "the last of each so many rows is for tests").at_least(2);
      f("standardize", &O::standardize,
        "shift and scale each column of numbers to mean 0 and deviation 1 over the rows for training");
      f("header", &O::header, "the first row names the columns; false: they are called '0', '1', …");
      f("delimiter", &O::delimiter, "character between fields; '\\t' for tabs");
      f("decimal", &O::decimal, "character before the decimals of a number: '.' or ','");
      f("encoding", &O::encoding, kEncodingText);
      f.flatten(&O::common);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit CSVDataset(const Options& options);

  int64_t size() const override { return rows_.size(); }
  Sample get(int64_t index) const override { return rows_.get(index); }
  std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const override;
  /// Reads the table again, with the features, categories, means, deviations and classes of `reference`.
  bool follow(const State& reference) override;

 private:
  struct Table {
    TensorDataset::Columns columns;
    State meta;
  };
  static Table read(Options options, const State& reference);
  CSVDataset(const Options& options, Table table);

  Options options_;
  TensorDataset rows_;
};

}  // namespace millrace
