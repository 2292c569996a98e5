#include "millrace/zoo/classification/datasets/csv_dataset.h"

#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

void CSVDataset::defaults(Options& options) { options.label_key = keys::gt_label.name(); }

CSVDataset::CSVDataset(Options options) : millrace::CSVDataset(checked<CSVDataset>(std::move(options))) {}

MILLRACE_REGISTER(Dataset, CSVDataset);

}  // namespace millrace::classification
