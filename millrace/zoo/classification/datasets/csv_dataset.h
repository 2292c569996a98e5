#pragma once

#include "millrace/data/csv_dataset.h"

namespace millrace::classification {

/// millrace::CSVDataset for classifiers: the default of `label_key` is gt_label.
///
///     dict(type='CSVDataset', ann_file='penguins.csv', label='species')  # where the default scope is mmpretrain
class CSVDataset final : public millrace::CSVDataset {
 public:
  static void defaults(Options& options);
  explicit CSVDataset(Options options);
};

}  // namespace millrace::classification
