#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace millrace {

/// Two sums over the tokens whose target is not `ignore_index`, (2) float64 on the device of the logits: tokens, and
/// their negative log-likelihood  -log softmax(logits)[target].
///
/// logits (…, V) float, targets (…) in [0, V) or ignore_index. Sums of several batches are added.
at::Tensor token_sums(const at::Tensor& logits, const at::Tensor& targets, int64_t ignore_index);

/// Undefined (nan) without tokens.
struct TokenLikelihood {
  double perplexity;  // exp of the next
  double mean_negative_log_likelihood;
  int64_t tokens;
};
TokenLikelihood token_likelihood(const at::Tensor& sums);

}  // namespace millrace
