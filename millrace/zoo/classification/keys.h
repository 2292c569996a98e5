#pragma once

#include "millrace/structures/key.h"

/// Keys of samples and batches that classification adds to those of the engine; mmpretrain's names.
namespace millrace::keys {

extern const Key gt_label;    // int64: () in a sample, (N) in a batch
extern const Key gt_score;    // (N, K) float: how much a row is of each class; takes precedence over gt_label
extern const Key pred_label;  // (N) int64
extern const Key pred_score;  // (N, K) float

}  // namespace millrace::keys
