#include "millrace/runner/auto_scale_lr.h"

#include <gtest/gtest.h>

#include "millrace/dist/ranks.h"
#include "millrace/hub/message_hub.h"
#include "millrace/hub/run_context.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

/// The lr of `optimizer` after a scaling for batches of 2, where 0.5 was chosen for 8.
double scaled(const std::string& accumulation, bool count_accumulation) {
  const Toy toy;
  MessageHub hub;
  Logger logger;
  SingleRank ranks;
  OptimSet optims(toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 0.5}" + accumulation + "}")));
  apply_auto_scale_lr({.enable = true, .base_batch_size = 8, .count_accumulation = count_accumulation}, 2, optims,
                      {hub, logger, ranks});
  return optims.only().lr();
}

TEST(AutoScaleLr, CountsOneBatchUnlessToldToCountThoseOfAStep) {
  EXPECT_DOUBLE_EQ(scaled("", false), 0.125);
  EXPECT_DOUBLE_EQ(scaled(", 'accumulative_counts': 4", false), 0.125);
  EXPECT_DOUBLE_EQ(scaled(", 'accumulative_counts': 4", true), 0.5);
  EXPECT_DOUBLE_EQ(scaled(", 'accumulative_counts': [[0, 2], [9, 4]]", true), 0.25);
}

}  // namespace
}  // namespace millrace
