#include "millrace/nn/init_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "millrace/base/text.h"
#include "millrace/config/json.h"
#include "millrace/nn/init.h"
#include "millrace/nn/initializers.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/sequential.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Json = nlohmann::json;

nn::InitCfg init_cfg_of(const Json& config) {
  nn::InitCfg init;
  Binder binder;
  TypeOf<nn::InitCfg>::bind(init, read_json(config.dump(), "init_cfg.json"), binder);
  binder.throw_if_any();
  return init;
}

struct RecordedHead : torch::nn::Module, nn::HasInit {
  explicit RecordedHead(nn::InitCfg init) { set_init(std::move(init)); }
  nn::Linear fc = register_module("fc", nn::Linear(3, 2));
  nn::Linear out = register_module("out", nn::Linear(2, 2));
};

struct RecordedNet : torch::nn::Module, nn::HasInit {
  RecordedNet(nn::InitCfg init, nn::InitCfg part) : head(std::make_shared<RecordedHead>(std::move(part))) {
    register_module("body", nn::Sequential{nn::Conv2d(2, 3, 3), nn::Conv2d(3, 3, 1)});
    register_module("bn", nn::BatchNorm2d(3));
    register_module("head", head);
    set_init(std::move(init));
  }
  std::shared_ptr<RecordedHead> head;
};

/// The text of each parameter in a record.
std::map<std::string, std::string> texts_of(const std::string& record) {
  std::map<std::string, std::string> texts;
  const std::vector<std::string> lines = split(record, '\n');
  for (size_t i = 0; i + 1 < lines.size(); ++i)
    if (const size_t end = lines[i].find(" - ("); end != std::string::npos)
      texts[lines[i].substr(0, end)] = lines[i + 1];
  return texts;
}

TEST(InitRecord, NamesTheInitializersThatMMEngineNames) {
  std::ifstream file(source_path("/tests/nn/init_record.json"));
  for (const Json& golden : Json::parse(file)) {
    RecordedNet net(init_cfg_of(golden.at("init_cfg")), init_cfg_of(golden.at("part")));
    nn::InitRecord record(view_of(net));
    nn::init_weights(net);
    record.close(view_of(net), "Net");
    std::map<std::string, std::string> expected = golden.at("record");
    for (auto& [name, text] : expected)
      if (const size_t blank = text.find(" ="); blank != std::string::npos) text.erase(blank, 1);
    EXPECT_EQ(texts_of(record.text()), expected) << golden.at("name");
    for (const ModuleView::Named& param : view_of(net).all_params()) {
      const Json& value = golden.at("values").at(param.name);
      if (value.is_null()) continue;
      EXPECT_NEAR(param.tensor.min().item<double>(), value.get<double>(), 1e-6) << golden.at("name") << param.name;
      EXPECT_NEAR(param.tensor.max().item<double>(), value.get<double>(), 1e-6) << golden.at("name") << param.name;
    }
  }
}

TEST(InitRecord, ShowsTheMeansBeforeAndAfter) {
  RecordedHead net(init_cfg_of(Json::parse(R"({"type": "Constant", "layer": "Linear", "val": 7, "bias": 8})")));
  for (const ModuleView::Named& param : view_of(net).all_params()) nn::init::constant_(param.tensor, 2);
  nn::InitRecord record(view_of(net));
  nn::init_weights(net);
  record.close(view_of(net), "Head");
  EXPECT_THAT(record.text(), HasSubstr("fc.weight - (2, 3):\nConstantInit: val=7, bias=8\nmean 2 before, 7 after\n"));
}

TEST(InitRecord, NamesTheClassThatInitialisesByItself) {
  RecordedHead net({});
  nn::InitRecord record(view_of(net));
  nn::init::constant_(net.fc->bias, 1);
  record.close(view_of(net), "Head");
  EXPECT_TRUE(record.has_notes());
  EXPECT_THAT(record.text(), AllOf(HasSubstr("fc.bias - (2):\nInitialized by user-defined `init_weights` in Head\n"),
                                   HasSubstr("fc.weight - (2, 3):\nThe value is the same before and after calling "
                                             "`init_weights` of Head\n")));
}

TEST(InitRecord, RefusesAnotherTensorInTheParametersPlace) {
  RecordedHead net({});
  nn::InitRecord record(view_of(net));
  net.replace_module("fc", nn::Linear(3, 2));
  EXPECT_THAT(
      [&] { record.close(view_of(net), "Head"); },
      ThrowsMessage<Error>("init_weights of Head makes a new parameter 'fc.weight': optimizers have the one before "
                           "it\n  write into the parameter: nn::init::constant_(weight, 0)"));
}

}  // namespace
}  // namespace millrace
