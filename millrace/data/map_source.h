#pragma once

#include "millrace/data/dataset.h"
#include "millrace/data/draft_source.h"
#include "millrace/data/row_order.h"

namespace millrace {

/// The rows of a map-style dataset, in the order of its sampler and batch sampler.
class MapSource final : public DraftSource {
 public:
  MapSource(const Dataset& dataset, RowOrder order) : dataset_(dataset), order_(std::move(order)) {}

  int64_t length() const override { return order_.length(); }
  int64_t last_batch_rows() const override { return order_.last_batch_rows(); }
  void start(int64_t pass, int64_t batch) override;
  bool take(Draft& draft) override;
  State state() const override;
  std::vector<std::string> load_state(const State& state) override;

 private:
  const Dataset& dataset_;
  RowOrder order_;
  int64_t pass_ = 0, batch_ = 0;
};

}  // namespace millrace
