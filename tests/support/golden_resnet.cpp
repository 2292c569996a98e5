#include "tests/support/golden_resnet.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "tests/support/hash_fill.h"
#include "tests/support/places.h"

namespace millrace {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<double>;

Numbers flat(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

Numbers flat(const Json& nested) {
  Numbers all;
  for (const Json& row : nested)
    for (const Json& value : row) all.push_back(value);
  return all;
}

/// The largest difference over the largest absolute value.
void expect_near(const Numbers& given, const Numbers& expected, const Json& sensitivity, const std::string& what) {
  ASSERT_EQ(given.size(), expected.size()) << what;
  double difference = 0, largest = 0;
  for (size_t i = 0; i < given.size(); ++i) {
    difference = std::max(difference, std::abs(given[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  EXPECT_LE(difference / largest, std::max(1e-9, 1000 * sensitivity.at(what).get<double>())) << what;
}

}  // namespace

Json golden_resnet(const std::string& name) {
  std::ifstream file(source_path("/tests/golden/resnet.json"));
  for (Json& each : Json::parse(file))
    if (each.at("name") == name) return each;
  throw std::runtime_error("golden/resnet.json has no " + name);
}

void expect_golden_resnet(torch::nn::Module& network, const std::function<at::Tensor(const at::Tensor&)>& logits,
                          const Json& golden) {
  const ModuleView view = view_of(network);
  Json state = Json::array();
  for (const auto& entry : view.state()) state.push_back({entry.name, entry.tensor.sizes().vec()});
  ASSERT_EQ(state, golden.at("state"));

  const Json& figures = golden.at("fills").at("hash");
  const Json& sensitivity = figures.at("sensitivity");
  const at::Tensor images = hash_images(3, golden.at("size")), labels = at::tensor({1, 7}, at::kLong);
  const auto number = [&](const char* key) { return Numbers{figures.at(key).get<double>()}; };

  hash_fill(view);
  network.eval();
  {
    const at::NoGradGuard no_grad;
    const at::Tensor scores = logits(images);
    expect_near(flat(scores), flat(figures.at("logits_eval")), sensitivity, "logits_eval");
    expect_near(flat(at::cross_entropy_loss(scores, labels)), number("loss_eval"), sensitivity, "loss_eval");
  }

  hash_fill(view);
  network.train();
  const at::Tensor scores = logits(images), loss = at::cross_entropy_loss(scores, labels);
  expect_near(flat(scores), flat(figures.at("logits_train")), sensitivity, "logits_train");
  expect_near(flat(loss), number("loss_train"), sensitivity, "loss_train");

  std::map<std::string, at::Tensor> entries;
  for (const auto& entry : view.state()) entries[entry.name] = entry.tensor;
  Numbers given, expected;
  for (const auto& [name, figure] : figures.at("statistics_after_the_training_forward").items()) {
    given.push_back(entries.at(name).sum().item<double>());
    given.push_back(entries.at(name).norm().item<double>());
    expected.push_back(figure.at("sum"));
    expected.push_back(figure.at("l2"));
  }
  expect_near(given, expected, sensitivity, "statistics_after_the_training_forward");

  loss.backward();
  double squares = 0;
  for (const auto& param : view.all_params()) squares += std::pow(param.tensor.grad().norm().item<double>(), 2);
  expect_near({std::sqrt(squares)}, number("grad_norm_total"), sensitivity, "grad_norm_total");
  given.clear(), expected.clear();
  for (const auto& [name, figure] : figures.at("grad_norms").items()) {
    given.push_back(entries.at(name).grad().norm().item<double>());
    expected.push_back(figure);
  }
  expect_near(given, expected, sensitivity, "grad_norms");
}

}  // namespace millrace
