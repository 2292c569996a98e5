#pragma once

#include "millrace/data/loader_part.h"
#include "millrace/runner/evaluator_config.h"

namespace millrace {

/// One more set of data that a validation goes over, with its own metrics.
///
///     val_sets = dict(night=dict(dataloader=dict(batch_size=64, dataset=dict(type='CustomDataset', data_root='night')),
///                                evaluator=dict(type='Accuracy')))
///
/// Its figures bear its name: night/accuracy/top1, night/val_loss.
struct ValSet {
  LoaderPart dataloader{};
  EvaluatorConfig evaluator{};

  template <class Fields>
  static void describe(Fields& f) {
    f("dataloader", &ValSet::dataloader, "its data");
    f("evaluator", &ValSet::evaluator, "its metrics; None: those of val_evaluator");
  }
  static void check(const ValSet& set, Complaints& complaints) {
    if (!set.dataloader.has_value()) complaints.add("dataloader", "a set of val_sets needs a dataloader");
  }
};

}  // namespace millrace
