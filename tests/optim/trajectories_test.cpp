#include "tests/optim/golden_nets.h"

#include <ATen/Parallel.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/gzip.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/places.h"

namespace millrace {

std::string golden_path(const std::string& name) { return source_path("/tests/golden/") + name; }

nlohmann::json golden_json(const std::string& name) {
  std::ifstream file(golden_path(name));
  return nlohmann::json::parse(file);
}

Value config_of(const nlohmann::json& json) {
  switch (json.type()) {
    case nlohmann::json::value_t::boolean:
      return json.get<bool>();
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return json.get<int64_t>();
    case nlohmann::json::value_t::number_float:
      return json.get<double>();
    case nlohmann::json::value_t::string:
      return json.get<std::string>();
    case nlohmann::json::value_t::array: {
      Value::Items items;
      for (const auto& item : json) items.push_back(config_of(item));
      return Value::list(std::move(items));
    }
    case nlohmann::json::value_t::object: {
      Value dict = Value::dict();
      for (const auto& [key, item] : json.items()) dict.as_dict().set(key, config_of(item));
      return dict;
    }
    default:
      return {};
  }
}

Value config_text(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return config_of(nlohmann::json::parse(text));
}

namespace {

struct GoldenLeNetImpl : torch::nn::Module {
  GoldenLeNetImpl() {
    using torch::nn::Conv2dOptions;
    conv1 = register_module("conv1", torch::nn::Conv2d(Conv2dOptions(1, 8, 5).padding(2).bias(false)));
    bn1 = register_module("bn1", torch::nn::BatchNorm2d(8));
    conv2 = register_module("conv2", torch::nn::Conv2d(Conv2dOptions(8, 16, 5).bias(false)));
    bn2 = register_module("bn2", torch::nn::BatchNorm2d(16));
    fc1 = register_module("fc1", torch::nn::Linear(400, 64));
    fc2 = register_module("fc2", torch::nn::Linear(64, 10));
  }
  at::Tensor forward(at::Tensor x) {
    x = at::max_pool2d(at::relu(bn1(conv1(x))), {2, 2});
    x = at::max_pool2d(at::relu(bn2(conv2(x))), {2, 2});
    return fc2(at::relu(fc1(x.flatten(1))));
  }
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  torch::nn::Linear fc1{nullptr}, fc2{nullptr};
};
TORCH_MODULE(GoldenLeNet);

struct GoldenModel : torch::nn::Module {
  GoldenLeNet net{register_module("net", GoldenLeNet())};
};

constexpr const char* kFashion = "/usr/share/datasets/fashion-mnist/";

/// The bytes of an IDX file behind a header of `header` bytes.
at::Tensor idx_bytes(const std::string& name, size_t header, int64_t count) {
  const std::string content = io::read_maybe_gzip(kFashion + name);
  at::Tensor bytes = at::empty({count}, at::kByte);
  std::copy_n(content.data() + header, count, reinterpret_cast<char*>(bytes.mutable_data_ptr<uint8_t>()));
  return bytes;
}

}  // namespace

std::shared_ptr<torch::nn::Module> golden_lenet() {
  auto model = std::make_shared<GoldenModel>();
  model->to(at::kDouble);
  const State weights = load_checkpoint_file(golden_path("trajectories/lenet_init.pth"));
  const at::NoGradGuard no_grad;
  for (auto& one : view_of(*model->net).state()) one.tensor.copy_(weights.at(one.name).tensor());
  return model;
}

at::Tensor lenet_logits(torch::nn::Module& model, const at::Tensor& images) {
  return dynamic_cast<GoldenModel&>(model).net->forward(images);
}

bool has_fashion_mnist() { return std::filesystem::exists(std::string(kFashion) + "train-images-idx3-ubyte.gz"); }

std::pair<at::Tensor, at::Tensor> fashion_batch(int64_t k) {
  static const at::Tensor images =
      idx_bytes("train-images-idx3-ubyte.gz", 16, 2560 * 784).view({2560, 1, 28, 28}).to(at::kDouble).div_(255);
  static const at::Tensor labels = idx_bytes("train-labels-idx1-ubyte.gz", 8, 2560).to(at::kLong);
  return {images.narrow(0, 32 * k, 32), labels.narrow(0, 32 * k, 32)};
}

std::shared_ptr<OptimWrapper> built_optim(const Value& config, const ModuleView& view) {
  Binder binder;
  Component<OptimWrapper> component;
  TypeOf<Component<OptimWrapper>>::bind(component, config, binder);
  binder.throw_if_any();
  return component.build(view);
}

Toy::Toy(std::vector<double> values) {
  view.type_name = "Toy";
  for (size_t i = 0; i < values.size(); ++i) {
    params.push_back(at::full({}, values[i], at::kDouble).requires_grad_());
    view.params.push_back({"p" + std::to_string(i), params.back()});
  }
}

namespace {

using nlohmann::json;

struct GoldenTrajectory {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const GoldenTrajectory& one) { return out << one.data["name"]; }
};

class Trajectory : public testing::TestWithParam<GoldenTrajectory> {
 protected:
  void SetUp() override {
    if (!has_fashion_mnist()) GTEST_SKIP() << "needs the Debian package dataset-fashion-mnist";
    const json& golden = GetParam().data;
    at::set_num_threads(1);  // as fast at this size, and the figures are those of any number to the twelfth digit
    model_ = golden_lenet();
    optim_ = built_optim(config_of(golden["optim_wrapper"]), view_of(*model_));
    optim_->initialize_counts(0, 80);
    if (golden.contains("param_scheduler"))
      for (const json& config : golden["param_scheduler"])
        schedulers_.add(ParamScheduler::Registry::build(config_of(config), "", *optim_));
  }

  double train(int64_t iteration) {
    const auto [images, labels] = fashion_batch(iteration);
    LossMap losses{{"loss"_key, at::cross_entropy_loss(lenet_logits(*model_, images), labels)}};
    optim_->update(losses);
    schedulers_.step_iter();
    return losses.total().item<double>();
  }

  void expect_weights(const json& expected) {
    for (const auto& [name, figures] : expected.items()) {
      const ModuleView view = view_of(*model_);
      for (const auto& one : view.find("net")->state()) {
        if (one.name != name) continue;
        const double l2 = figures["l2"];
        EXPECT_NEAR(one.tensor.norm().item<double>(), l2, 1e-9 * l2) << name;
        EXPECT_NEAR(one.tensor.sum().item<double>(), figures["sum"].get<double>(),
                    1e-9 * l2 * std::sqrt(one.tensor.numel()))
            << name;
      }
    }
  }

  void TearDown() override { at::set_num_threads(threads_); }

  int threads_ = at::get_num_threads();
  std::shared_ptr<torch::nn::Module> model_;
  std::shared_ptr<OptimWrapper> optim_;
  ParamSchedulers schedulers_{{.max_epochs = 1, .max_iters = 80}};
};

TEST_P(Trajectory, AgreesWithMMEngineToTheNinthDigit) {
  const json& golden = GetParam().data;
  for (int64_t i = 0; i < 80; ++i) {
    EXPECT_NEAR(optim_->lr(), golden["lr"][i].get<double>(), 1e-12) << "iteration " << i;
    if (golden.contains("momentum")) {
      EXPECT_NEAR(optim_->momentum(), golden["momentum"][i].get<double>(), 1e-12) << "iteration " << i;
    }
    const double expected = golden["loss"][i];
    ASSERT_NEAR(train(i), expected, 1e-9 * expected) << "iteration " << i;
  }
  expect_weights(golden["params"]);
}

/// Those whose optimizer and schedules are registered. Averages of weights change no loss, so one case with them will
/// do.
std::vector<GoldenTrajectory> golden_trajectories() {
  std::vector<GoldenTrajectory> known;
  const auto& table = ComponentTable::instance();
  json all = golden_json("trajectories/trajectories.json");
  for (const json& golden : golden_json("optimizers_new.json")) all.push_back(golden);
  for (const json& golden : all) {
    bool is_known =
        table.find("Optimizer", golden["optim_wrapper"]["optimizer"]["type"].get<std::string>(), "") != nullptr &&
        golden["family"] != "ema";
    if (golden.contains("param_scheduler"))
      for (const json& config : golden["param_scheduler"])
        is_known = is_known && table.find("ParamScheduler", config["type"].get<std::string>(), "");
    if (is_known) known.push_back({golden});
  }
  return known;
}

INSTANTIATE_TEST_SUITE_P(Golden, Trajectory, testing::ValuesIn(golden_trajectories()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

class ResumedTrajectory : public Trajectory {};

TEST_P(ResumedTrajectory, GoesOnFromMMEnginesCheckpoint) {
  const json& golden = GetParam().data;
  const State checkpoint = load_checkpoint_file(golden_path("state_interop/iter_40.pth"));
  {
    const at::NoGradGuard no_grad;
    // MMEngine's EMAHook has put the averages under state_dict and the weights under ema_state_dict.
    for (auto& one : view_of(*model_).state())
      one.tensor.copy_(checkpoint.at("ema_state_dict").at("module." + one.name).tensor());
  }
  optim_->load_state_dict(checkpoint.at("optimizer"));
  EXPECT_TRUE(schedulers_.resume(checkpoint.at("param_schedulers"), 40, 0, -1));
  EXPECT_DOUBLE_EQ(optim_->lr(), 0.001500000000000001);
  schedulers_.replay(40, 0, -1);
  optim_->initialize_counts(40, 80);
  for (int64_t i = 40; i < 80; ++i) {
    EXPECT_NEAR(optim_->lr(), golden["lr"][i - 40].get<double>(), 1e-12) << "iteration " << i;
    const double expected = golden["loss"][i - 40];
    ASSERT_NEAR(train(i), expected, 1e-9 * expected) << "iteration " << i;
  }
  expect_weights(golden["params"]);
}

INSTANTIATE_TEST_SUITE_P(Golden, ResumedTrajectory,
                         testing::Values(GoldenTrajectory{golden_json("state_interop/state_interop.json")[0]}));

}  // namespace
}  // namespace millrace
