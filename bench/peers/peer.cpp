// The C++ contestants of `make bench-peers`, Millrace's Runner and the loop written by hand on libtorch, in one
// process: bench/peers/driver.py starts it and gives out the turns.
//
//     peer NETWORK BATCH THREADS FOLDER [channels_last] [bf16]
//
// FOLDER has inputs.bin (float32) and labels.bin (int64); what the run writes goes below it. The first line of output
// is an object of JSON: the network's parameters, and what was computed of its first batch. Then each line of input,
// "engine N" or "hand N", is answered with the seconds that N steps took.
#include <ATen/ops/arange.h>
#include <ATen/ops/from_file.h>
#include <ATen/ops/sin.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "bench/steps/bench_run.h"
#include "millrace/log/terminal.h"
#include "millrace/tensor/process.h"

namespace millrace::bench {
namespace {

/// Weights that depend on nothing but shapes and order, so that two languages can have the same.
at::Tensor formula_weights(const at::Tensor& like, int64_t index) {
  const at::Tensor k = at::arange(like.numel(), at::kDouble);
  at::Tensor w = at::sin(k * k * 0.37 + static_cast<double>(index));
  w = like.dim() > 1 ? w / std::sqrt(static_cast<double>(like.numel() / like.size(0))) : 1 + 0.1 * w;
  return w.view(like.sizes()).to(like.dtype());
}

struct Probe {
  double loss, gradient_norm;
};
/// Of the first batch under the formula's weights; leaves the parameters as they were.
Probe probe(Network& net, const at::Tensor& inputs, const at::Tensor& labels) {
  std::vector<at::Tensor> params = net.parameters(), kept;
  for (size_t i = 0; i < params.size(); ++i) {
    const at::NoGradGuard no_grad;
    kept.push_back(params[i].clone());
    params[i].copy_(formula_weights(params[i], static_cast<int64_t>(i)));
  }
  const at::Tensor loss = at::cross_entropy_loss(net.forward(inputs), labels);
  loss.backward();
  double squares = 0;
  for (size_t i = 0; i < params.size(); ++i) {
    const at::NoGradGuard no_grad;
    squares += params[i].grad().to(at::kDouble).square().sum().item<double>();
    params[i].mutable_grad().reset();
    params[i].copy_(kept[i]);
  }
  return {loss.item<double>(), std::sqrt(squares)};
}

std::string parameters_as_json(const Network& net) {
  std::vector<std::string> items;
  for (const auto& param : net.named_parameters()) {
    std::string name = param.key();
    if (name.starts_with("net.")) name.erase(0, 4);
    items.push_back(fmt::format("[\"{}\", [{}]]", name, fmt::join(param.value().sizes(), ", ")));
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void introduce(const std::string& role, Network& net, const at::Tensor& inputs, const at::Tensor& labels,
               const Settings& settings) {
  const Probe seen = probe(net, inputs.slice(0, 0, settings.batch), labels.slice(0, 0, settings.batch));
  std::cout << fmt::format(R"({{"role": "{}", "threads": {}, "torch": "{}", "instructions": "{}", "loss": {:.9g}, )"
                           R"("gradient_norm": {:.9g}, "parameters": {}}})",
                           role, operator_threads(), torch_version(), instruction_set(), seen.loss, seen.gradient_norm,
                           parameters_as_json(net))
            << std::endl;
}

void run(const std::string& network, const Settings& settings, const std::filesystem::path& data,
         const std::filesystem::path& work_dir) {
  const auto net = make_network(network, Author::library);
  const auto by_hand = network == "ResNet-20" ? make_network(network, Author::hand) : net;
  const auto rows = static_cast<int64_t>(std::filesystem::file_size(data / "labels.bin") / sizeof(int64_t));
  std::vector<int64_t> shape = input_shape(network);
  shape.insert(shape.begin(), rows);
  const at::Tensor labels = at::from_file((data / "labels.bin").string(), false, rows, at::kLong);
  const int64_t floats = static_cast<int64_t>(std::filesystem::file_size(data / "inputs.bin") / sizeof(float));
  const at::Tensor inputs = at::from_file((data / "inputs.bin").string(), false, floats, at::kFloat).view(shape);
  introduce("engine", *net, inputs, labels, settings);
  introduce("hand", *by_hand, inputs, labels, settings);
  HandLoop hand(by_hand, inputs, labels, settings);

  RunnerOptions options = run_options(settings, net, inputs, labels, work_dir, [&](double seconds) {
    if (seconds > 0) std::cout << fmt::format("{:.9f}", seconds) << std::endl;
    std::string role;
    int64_t steps = 0;
    while (std::cin >> role >> steps) {
      if (role == "engine") return steps;
      std::cout << fmt::format("{:.9f}", seconds_of(hand, steps)) << std::endl;
    }
    std::_Exit(0);  // no more turns: the run has no other end
  });
  options.train_cfg = use<EpochBasedTrainLoop>({.max_epochs = 1'000'000});
  RunSurroundings surroundings;
  surroundings.terminal = std::make_shared<Terminal>(std::fopen("/dev/null", "w"));  // the others print, too
  Runner runner(std::move(options), std::move(surroundings));
  runner.train();
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "peer NETWORK BATCH THREADS DATA WORK_DIR [channels_last] [bf16]\n";
    return 2;
  }
  try {
    millrace::bench::Settings settings{.batch = std::atoll(argv[2])};
    for (int i = 6; i < argc; ++i) {
      settings.channels_last |= std::string(argv[i]) == "channels_last";
      settings.bf16 |= std::string(argv[i]) == "bf16";
    }
    millrace::configure_process({.threads = std::atoi(argv[3])});
    millrace::seed_generators(0);
    millrace::bench::run(argv[1], settings, argv[4], argv[5]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
