#include "millrace/runner/init_logged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/layers.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;

class PlainLinear : public BaseModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch&) override {}

 private:
  nn::Linear fc_ = register_module("fc", nn::Linear(2, 3));
};

class ConstantLinear final : public PlainLinear, public nn::HasInit {
 public:
  ConstantLinear() {
    set_init(OneOrMany<Component<nn::Initializer>>(
        use<nn::init::Constant>({.val = 7, .targets = {.layer = "Linear", .bias = 8}})));
  }
};

/// What the log file gets; other sinks get nothing.
std::string log_of(Model& model) {
  const ScratchFolder folder;
  const std::string path = (folder.path() / "run.log").string();
  std::string heard;
  Logger logger;
  logger.to_file(path);
  logger.to_callback([&](LogLevel, std::string_view message) { heard += message; });
  init_logged(model, logger);
  logger.close();
  EXPECT_EQ(heard, "");
  return io::read_file(path);
}

TEST(InitialWeights, AreListedInTheLogFileAlone) {
  ConstantLinear model;
  EXPECT_THAT(log_of(model),
              HasSubstr("- INFO - Name of parameter - Initialization information\n\nfc.weight - (3, 2):\n"
                        "ConstantInit: val=7, bias=8\n"));
}

TEST(InitialWeights, ThatTheLayersDrewAreNotListed) {
  PlainLinear model;
  EXPECT_EQ(log_of(model), "");
}

}  // namespace
}  // namespace millrace
