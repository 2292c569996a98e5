#pragma once

#include "millrace/data/batch_sampler.h"

namespace millrace {

/// Batches of images that are all wider than high (or square), or all higher than wide, so that padding wastes little:
/// mmdet's.
///
///     train_dataloader=dict(batch_size=2, batch_sampler=dict(type='AspectRatioBatchSampler'), …)
///
/// Rows of each kind are gathered in the sampler's order, and a batch goes out when it is full. At the end of a pass
/// the remaining rows of both kinds, high images first, make the last batches.
///
/// Needs   Dataset::size_of of every sample; throws Error if the dataset does not know one
class AspectRatioBatchSampler final : public BatchSampler {
 public:
  struct Options {
    bool drop_last = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("drop_last", &Options::drop_last, "leave out a last batch that is not full");
    }
  };
  AspectRatioBatchSampler(const BatchSamplerArgs& args, const Options& options);

  int64_t length(int64_t rows) const override;
  BatchCut cut(std::span<const int64_t> order, const Dataset& dataset, Rest rest) const override;

 private:
  int64_t batch_size_;
  bool drop_last_;
};

}  // namespace millrace
