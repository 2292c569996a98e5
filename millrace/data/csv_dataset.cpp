#include "millrace/data/csv_dataset.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "millrace/base/text.h"
#include "millrace/data/csv_file.h"
#include "millrace/data/csv_number.h"
#include "millrace/data/followed_names.h"

namespace millrace {

namespace {

const Key kGivenValue("gt_value");
constexpr size_t kMostCategories = 1000;

/// The rows of a table that a dataset is made of, and those among them that are for training.
struct TableRows {
  std::vector<int64_t> used;
  std::vector<bool> is_for_training;
};

/// The number in a field; throws Error with the reason where it is none.
double number_at(const CSVFile& table, int64_t row, int64_t column, char decimal) {
  const std::string_view field = table.field(row, column);
  const std::optional<double> value = csv_number(field, decimal);
  if (value) return *value;
  const std::string trouble = trouble_of_number(field, decimal);
  Error error(table.place(row),
              fmt::format("'{}' in column '{}' is not a number{}{}", field, table.header()[static_cast<size_t>(column)],
                          trouble.empty() ? "" : ": ", trouble));
  if (trouble == "it has a decimal comma") error.help("decimal=','");
  throw error;
}

/// A column as numbers: as it is, or one number a category.
class TableColumn {
 public:
  TableColumn(const CSVFile& table, int64_t column, const std::vector<int64_t>& rows,
              const std::vector<std::string>* categories, char decimal)
      : table_(table), column_(column), decimal_(decimal) {
    const bool is_numeric = !categories && std::all_of(rows.begin(), rows.end(), [&](int64_t row) {
      return csv_number(table.field(row, column), decimal).has_value();
    });
    if (is_numeric) return;
    if (categories) categories_ = *categories;
    else categories_ = texts_of(rows);
  }

  const std::string& name() const { return table_.header()[static_cast<size_t>(column_)]; }
  const std::vector<std::string>& categories() const { return categories_; }
  int64_t width() const { return categories_.empty() ? 1 : static_cast<int64_t>(categories_.size()); }

  int64_t category(int64_t row) const {
    const std::string_view text = table_.field(row, column_);
    const auto it = std::find(categories_.begin(), categories_.end(), text);
    if (it == categories_.end())
      throw Error(table_.place(row), fmt::format("'{}' in column '{}' is none of its categories", text, name()))
          .note("categories: " + join(categories_));
    return it - categories_.begin();
  }
  void write(int64_t row, float* out) const {
    if (categories_.empty()) *out = static_cast<float>(number_at(table_, row, column_, decimal_));
    else out[category(row)] = 1;
  }

 private:
  /// The texts of a column, sorted. One that is mostly numbers, or what a person would call so, is one of numbers with a
  /// mistake.
  std::vector<std::string> texts_of(const std::vector<int64_t>& rows) const {
    std::set<std::string, std::less<>> texts;
    int64_t numbers = 0;
    for (const int64_t row : rows) {
      const std::string_view text = table_.field(row, column_);
      numbers += csv_number(text, decimal_).has_value() || !trouble_of_number(text, decimal_).empty();
      if (texts.size() <= kMostCategories && !texts.contains(text)) texts.emplace(text);
    }
    if (2 * numbers > static_cast<int64_t>(rows.size()))
      for (const int64_t row : rows) (void)number_at(table_, row, column_, decimal_);
    if (texts.size() > kMostCategories)
      throw Error(table_.place(), fmt::format("column '{}' has more than {} different texts", name(), kMostCategories))
          .note("name the other columns in features");
    return {texts.begin(), texts.end()};
  }

  const CSVFile& table_;
  int64_t column_;
  char decimal_;
  std::vector<std::string> categories_;
};

std::vector<int64_t> feature_columns(const CSVFile& table, const CSVDataset::Options& options) {
  std::vector<int64_t> columns;
  if (options.features) {
    for (const std::string& name : *options.features) columns.push_back(table.column(name));
  } else {
    for (size_t i = 0; i < table.header().size(); ++i) {
      const std::string& name = table.header()[i];
      const bool is_target = std::find(options.targets.begin(), options.targets.end(), name) != options.targets.end();
      if (name != options.label && !is_target) columns.push_back(static_cast<int64_t>(i));
    }
  }
  if (columns.empty()) throw Error(table.place(), "no column is left for the features");
  return columns;
}

TableRows usable_rows(const CSVFile& table, const std::vector<int64_t>& columns, const CSVDataset::Options& options) {
  const auto is_missing = [&](std::string_view field) {
    return std::find(options.missing_values.begin(), options.missing_values.end(), field) !=
           options.missing_values.end();
  };
  TableRows rows;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const auto missing = std::find_if(columns.begin(), columns.end(),
                                      [&](int64_t column) { return is_missing(table.field(row, column)); });
    if (missing != columns.end()) {
      if (options.missing == CSVDataset::Missing::drop) continue;
      throw Error(table.place(row),
                  fmt::format("the value of column '{}' is missing", table.header()[static_cast<size_t>(*missing)]))
          .help("missing='drop' leaves such rows out");
    }
    rows.is_for_training.push_back(static_cast<int64_t>(rows.used.size()) % options.test_every !=
                                   options.test_every - 1);
    rows.used.push_back(row);
  }
  if (rows.used.empty()) throw Error(table.place(), "the table has no row to use");
  return rows;
}

/// A tuple, as in MMEngine's files.
State names_state(const std::vector<std::string>& names) {
  return State::tuple(State::List(names.begin(), names.end()));
}

/// Every column shifted and scaled by the mean and the deviation of another table.
void standardize_as(at::Tensor& inputs, const State& means, const State& deviations) {
  const int64_t rows = inputs.size(0), width = inputs.size(1);
  auto* const values = inputs.mutable_data_ptr<float>();
  for (int64_t column = 0; column < width; ++column) {
    const auto place = static_cast<size_t>(column);
    const double mean = means.items()[place].number(), deviation = deviations.items()[place].number();
    for (int64_t row = 0; row < rows; ++row) {
      float& value = values[row * width + column];
      value = static_cast<float>((value - mean) / deviation);
    }
  }
}

/// Every column of numbers, of all rows, to the mean 0 and the deviation 1 that it has over the rows for training.
void standardize_(at::Tensor& inputs, const std::vector<bool>& is_numeric, const std::vector<bool>& is_for_training,
                  State& meta) {
  const int64_t rows = inputs.size(0), width = inputs.size(1);
  auto* const values = inputs.mutable_data_ptr<float>();
  State means = State::list(), deviations = State::list();
  for (int64_t column = 0; column < width; ++column) {
    double sum = 0, squares = 0, count = 0;
    for (int64_t row = 0; row < rows; ++row)
      if (is_for_training[static_cast<size_t>(row)]) sum += values[row * width + column], ++count;
    const double mean = is_numeric[static_cast<size_t>(column)] && count > 0 ? sum / count : 0;
    for (int64_t row = 0; row < rows; ++row)
      if (is_for_training[static_cast<size_t>(row)]) squares += std::pow(values[row * width + column] - mean, 2);
    const bool has_spread = is_numeric[static_cast<size_t>(column)] && squares > 0;
    const double deviation = has_spread ? std::sqrt(squares / count) : 1;
    for (int64_t row = 0; row < rows; ++row) {
      float& value = values[row * width + column];
      value = static_cast<float>((value - mean) / deviation);
    }
    means.push_back(mean);
    deviations.push_back(deviation);
  }
  meta["feature_mean"] = std::move(means);
  meta["feature_std"] = std::move(deviations);
}

at::Tensor feature_matrix(const CSVFile& table, const std::vector<int64_t>& columns, const TableRows& rows,
                          const CSVDataset::Options& options, const State& reference, State& meta) {
  std::vector<TableColumn> parts;
  std::vector<std::string> names;
  std::vector<bool> is_numeric;
  for (const int64_t column : columns) {
    const auto given = options.categories.find(table.header()[static_cast<size_t>(column)]);
    const TableColumn& part =
        parts.emplace_back(table, column, rows.used, given == options.categories.end() ? nullptr : &given->second,
                           options.decimal.text[0]);
    if (part.categories().empty()) names.push_back(part.name());
    for (const std::string& category : part.categories()) names.push_back(part.name() + "=" + category);
    is_numeric.resize(names.size(), part.categories().empty());
  }
  at::Tensor inputs =
      at::zeros({static_cast<int64_t>(rows.used.size()), static_cast<int64_t>(names.size())}, at::kFloat);
  auto* out = inputs.mutable_data_ptr<float>();
  for (const int64_t row : rows.used)
    for (const TableColumn& part : parts) {
      part.write(row, out);
      out += part.width();
    }
  meta["feature_names"] = names_state(names);
  if (!options.standardize) return inputs;
  const State *means = reference.find("feature_mean"), *deviations = reference.find("feature_std");
  if (!means || !deviations || means->items().size() != names.size()) {
    standardize_(inputs, is_numeric, rows.is_for_training, meta);
    return inputs;
  }
  standardize_as(inputs, *means, *deviations);
  meta["feature_mean"] = *means;
  meta["feature_std"] = *deviations;
  return inputs;
}

/// The column that a feature is of: its name, or "colour" of the category "colour=blue".
std::string column_of(const std::string& feature, const std::vector<std::string>& header) {
  const auto is_column = [&](const std::string& name) {
    return std::find(header.begin(), header.end(), name) != header.end();
  };
  if (is_column(feature)) return feature;
  for (size_t end = feature.rfind('='); end != std::string::npos && end > 0; end = feature.rfind('=', end - 1))
    if (is_column(feature.substr(0, end))) return feature.substr(0, end);
  return feature;
}

/// The options with the features, categories and classes that a reference names.
CSVDataset::Options followed(CSVDataset::Options options, const CSVFile& table, const State& reference) {
  const std::vector<std::string> names = names_in(reference, "feature_names");
  if (!names.empty()) {
    options.features.emplace();
    options.categories.clear();
  }
  for (const std::string& name : names) {
    const std::string column = column_of(name, table.header());
    if (std::find(options.features->begin(), options.features->end(), column) == options.features->end())
      options.features->push_back(column);
    if (column != name) options.categories[column].push_back(name.substr(column.size() + 1));
  }
  if (std::vector<std::string> classes = names_in(reference, "classes"); options.label && !classes.empty())
    options.classes = std::move(classes);
  return options;
}

std::string delimiter_of(const CSVDataset::Options& options) {
  return options.delimiter.text == "\\t" ? "\t" : options.delimiter.text;
}

}  // namespace

void CSVDataset::check(const Options& options, Complaints& complaints) {
  if (options.label.has_value() == !options.targets.empty())
    complaints.add(options.label ? "label" : "targets", "CSVDataset needs a label, or targets, and not both")
        .help("label='COLUMN'");
  const std::string delimiter = delimiter_of(options);
  if (delimiter.size() != 1 || delimiter == "\"" || delimiter == "\n")
    complaints.add("delimiter", fmt::format("delimiter must be one character, got '{}'", options.delimiter.text));
  if (options.decimal.text != "." && options.decimal.text != ",")
    complaints.add("decimal", fmt::format("decimal must be '.' or ',', got '{}'", options.decimal.text));
  check_encoding(options.encoding, complaints);
  if (const std::string twice = named_twice(options.classes.value_or(std::vector<std::string>())); !twice.empty())
    complaints.add("classes", fmt::format("classes names '{}' twice", twice));
}

CSVDataset::Table CSVDataset::read(Options options, const State& reference) {
  const CSVFile table((std::filesystem::path(options.data_root) / *options.ann_file).string(),
                      {delimiter_of(options)[0], options.header, encoding_of(options.encoding)});
  if (!reference.entries().empty()) options = followed(std::move(options), table, reference);
  const std::vector<int64_t> features = feature_columns(table, options);
  std::vector<int64_t> wanted = features, targets;
  if (options.label) wanted.push_back(table.column(*options.label));
  for (const std::string& name : options.targets) targets.push_back(table.column(name));
  wanted.insert(wanted.end(), targets.begin(), targets.end());
  for (const auto& [name, categories] : options.categories) (void)table.column(name);
  const TableRows rows = usable_rows(table, wanted, options);
  const auto count = static_cast<int64_t>(rows.used.size());

  Table result{.columns = {}, .meta = State::dict()};
  result.columns.emplace_back(keys::inputs, feature_matrix(table, features, rows, options, reference, result.meta));
  if (options.label) {
    std::vector<std::string> classes = options.classes.value_or(std::vector<std::string>());
    if (classes.empty()) {
      std::set<std::string> texts;
      for (const int64_t row : rows.used) texts.emplace(table.field(row, wanted[features.size()]));
      classes.assign(texts.begin(), texts.end());
    }
    if (classes.size() > kMostCategories)
      throw Error(table.place(), fmt::format("column '{}' has {} different texts, too many for classes", *options.label,
                                             classes.size()))
          .help(fmt::format("targets=['{}'] for a number that is to be predicted", *options.label));
    const TableColumn column(table, wanted[features.size()], rows.used, &classes, options.decimal.text[0]);
    at::Tensor labels = at::empty({count}, at::kLong);
    auto* out = labels.mutable_data_ptr<int64_t>();
    for (const int64_t row : rows.used) *out++ = column.category(row);
    result.columns.emplace_back(Key(*options.label_key), labels);
    result.meta["classes"] = names_state(classes);
  } else {
    at::Tensor values = at::empty({count, static_cast<int64_t>(targets.size())}, at::kFloat);
    auto* out = values.mutable_data_ptr<float>();
    for (const int64_t row : rows.used)
      for (const int64_t target : targets)
        *out++ = static_cast<float>(number_at(table, row, target, options.decimal.text[0]));
    result.columns.emplace_back(kGivenValue, values);
  }
  if (options.split == Split::all) return result;
  std::vector<int64_t> picked;
  for (int64_t i = 0; i < count; ++i)
    if (rows.is_for_training[static_cast<size_t>(i)] == (options.split == Split::train)) picked.push_back(i);
  const TensorDataset all(std::move(result.columns), {.indices = picked});
  result.columns = all.columns();
  return result;
}

CSVDataset::CSVDataset(const Options& options)
    : CSVDataset(options, read(checked<CSVDataset>(options), State::dict())) {}

CSVDataset::CSVDataset(const Options& options, Table table)
    : Dataset(options.common, std::move(table.meta)),
      options_(options),
      rows_(std::move(table.columns), {.indices = options.common.indices}) {}

std::optional<Batch> CSVDataset::load_batch(std::span<const int64_t> indices, BatchBuilder::Memory memory) const {
  if (!pipeline().empty()) return std::nullopt;
  return rows_.load_batch(indices, memory);
}

bool CSVDataset::follow(const State& reference) {
  *this = CSVDataset(options_, read(options_, reference));
  return true;
}

MILLRACE_REGISTER(Dataset, CSVDataset);

}  // namespace millrace
