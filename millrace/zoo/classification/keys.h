#pragma once

#include "millrace/structures/key.h"

/// Keys of samples and batches that classification adds to those of the engine.
namespace millrace::keys {

extern const Key gt_score;  // (N, K) float: how much a row is of each class; goes before gt_label

}  // namespace millrace::keys
