#pragma once

#include "millrace/structures/batch.h"
#include "millrace/structures/sample.h"
#include "millrace/tensor/rng.h"
#include "millrace/zoo/classification/models/lenet.h"
#include "millrace/zoo/classification/models/linear_cls_head.h"

namespace millrace {

/// What examples in headers of the zoo take for granted; see tools/extract_header_examples. Nobody makes one: the
/// examples are compiled, not run.
struct Names {
  Rng& rng;
  Sample& sample;
  at::Tensor labels, scores;
};

}  // namespace millrace
