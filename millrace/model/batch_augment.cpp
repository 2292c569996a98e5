#include "millrace/model/batch_augment.h"

#include <fmt/format.h>

#include <numeric>

#include "millrace/tensor/process.h"

namespace millrace {

namespace {

constexpr double kRounding = 1e-9;  // of probabilities that add up to 1

}  // namespace

void augment_batch(const BatchAugment& augment, Batch& batch) {
  Rng rng(drawn_bits(), Mode::train, 0);
  augment.apply(batch, rng);
}

void RandomBatchAugment::check(const Options& options, Complaints& complaints) {
  if (!options.probs) return;
  const size_t augments = options.augments->size();
  if (options.probs->size() != augments)
    complaints.add("probs", fmt::format("RandomBatchAugment has {} probabilities for {} augments",
                                        options.probs->size(), augments));
  else if (std::accumulate(options.probs->begin(), options.probs->end(), 0.0) > 1 + kRounding)
    complaints.add("probs", "the probabilities of RandomBatchAugment add up to more than 1");
}

RandomBatchAugment::RandomBatchAugment(Options options) {
  const Options all = checked<RandomBatchAugment>(std::move(options));
  for (const Component<BatchAugment>& augment : *all.augments) augments_.push_back(augment.build());
  if (all.probs) probs_ = all.probs->values();
  else probs_.assign(augments_.size(), 1.0 / static_cast<double>(augments_.size()));
}

void RandomBatchAugment::apply(Batch& batch, Rng& rng) const {
  double draw = rng.uniform();
  for (size_t i = 0; i < augments_.size(); ++i) {
    if (draw < probs_[i]) return augments_[i]->apply(batch, rng);
    draw -= probs_[i];
  }
}

MILLRACE_REGISTER(BatchAugment, RandomBatchAugment);

}  // namespace millrace
