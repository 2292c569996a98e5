#pragma once

#include "millrace/structures/key.h"

/// The keys that classification adds to those of the engine, with mmpretrain's names.
namespace millrace::keys {

extern const Key gt_label;    // int64: () in a sample, (N) in a batch
extern const Key gt_score;    // (N, K) float: the share of each class in a row; takes precedence over gt_label
extern const Key pred_label;  // (N) int64
extern const Key pred_score;  // (N, K) float

}  // namespace millrace::keys
