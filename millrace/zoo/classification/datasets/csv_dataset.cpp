#include "millrace/zoo/classification/datasets/csv_dataset.h"

#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {
namespace {

millrace::CSVDataset::Options with_key_of_labels(millrace::CSVDataset::Options options) {
  if (!options.label_key) options.label_key = keys::gt_label.name();
  return options;
}

}  // namespace

CSVDataset::CSVDataset(Options options) : millrace::CSVDataset(with_key_of_labels(std::move(options))) {}

MILLRACE_REGISTER(Dataset, CSVDataset);

}  // namespace millrace::classification
