// Trains the cases of golden's trajectories with the Runner and compares every loss, rate and weight.
//
//     golden_trajectories DIR FILE.json [--data DIR] [--only NAME]
//
// DIR holds lenet_init.pth, and the checkpoints that cases of FILE name. FILE is trajectories.json, smoke_float32.json,
// optimizers_new.json, state_interop.json or further cases of these kinds. --data: the folder of
// train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz of Fashion-MNIST (default: that of the Debian package
// dataset-fashion-mnist). One line a case: its worst relative difference, or why it failed; a type, key or field that
// is not known here fails its case. Exit code 0 if all cases agree, 1 if one does not, 2 for wrong usage.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include "millrace/base/error.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/config/config.h"
#include "millrace/config/json.h"
#include "millrace/data/idx_file.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/loss_map.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kImages = 2560, kBatch = 32, kIterations = 80;
const Key kLoss("loss"), kLabel("gt_label");

/// The network of golden/trajectories; its parts are below `net`, as paramwise rules of the cases have it.
class GoldenLeNet final : public BaseModel {
 public:
  enum class Dtype { float64, float32 };
  struct Options {
    Required<std::string> weights;
    Dtype dtype = Dtype::float64;

    template <class Fields>
    static void describe(Fields& f) {
      f("weights", &Options::weights, "file of the initial weights");
      f("dtype", &Options::dtype, "of weights and inputs");
    }
  };
  explicit GoldenLeNet(Options options)
      : options_(std::move(options)), dtype_(options_.dtype == Dtype::float64 ? at::kDouble : at::kFloat) {
    for (auto& one : view_of(*net_).state())  // as Python does: counters stay integers
      if (one.tensor.is_floating_point()) one.tensor.set_data(one.tensor.to(dtype_));
  }

  void init_weights() override {
    const State weights = load_checkpoint_file(*options_.weights);
    const at::NoGradGuard no_grad;
    for (auto& one : view_of(*net_).state()) one.tensor.copy_(weights.at(one.name).tensor());
  }
  LossMap loss(Batch& batch) override {
    const at::Tensor images = batch.tensor(keys::inputs).to(dtype_).div_(255);
    return {{kLoss, at::cross_entropy_loss(net_->forward(images), batch.tensor(kLabel))}};
  }
  void predict(Batch&) override {}

 private:
  struct Net : torch::nn::Module {
    at::Tensor forward(at::Tensor x) {
      x = at::max_pool2d(at::relu(bn1(conv1(x))), {2, 2});
      x = at::max_pool2d(at::relu(bn2(conv2(x))), {2, 2});
      return fc2(at::relu(fc1(x.flatten(1))));
    }
    nn::Conv2d conv1{register_module("conv1", nn::Conv2d(nn::Conv2dOptions(1, 8, 5).padding(2).bias(false)))};
    nn::BatchNorm2d bn1{register_module("bn1", nn::BatchNorm2d(8))};
    nn::Conv2d conv2{register_module("conv2", nn::Conv2d(nn::Conv2dOptions(8, 16, 5).bias(false)))};
    nn::BatchNorm2d bn2{register_module("bn2", nn::BatchNorm2d(16))};
    nn::Linear fc1{register_module("fc1", nn::Linear(400, 64))};
    nn::Linear fc2{register_module("fc2", nn::Linear(64, 10))};
  };

  Options options_;
  at::ScalarType dtype_;
  std::shared_ptr<Net> net_ = register_module("net", std::make_shared<Net>());
};
MILLRACE_REGISTER(Model, GoldenLeNet);

/// The first images of Fashion-MNIST, in the order of their file.
class GoldenImages final : public Dataset {
 public:
  struct Options {
    Required<std::string> folder;

    template <class Fields>
    static void describe(Fields& f) {
      f("folder", &Options::folder, "of the two files");
    }
  };
  explicit GoldenImages(const Options& options) : Dataset({}), rows_(read(*options.folder)) {}

  int64_t size() const override { return rows_->size(); }
  Sample get(int64_t index) const override { return rows_->get(index); }

 private:
  static std::shared_ptr<TensorDataset> read(const std::string& folder) {
    const at::Tensor images = read_idx(folder + "/train-images-idx3-ubyte.gz").narrow(0, 0, kImages);
    const at::Tensor labels = read_idx(folder + "/train-labels-idx1-ubyte.gz").narrow(0, 0, kImages);
    return std::make_shared<TensorDataset>(
        TensorDataset::Columns{{keys::inputs, images.unsqueeze(1)}, {kLabel, labels.to(at::kLong)}});
  }
  std::shared_ptr<TensorDataset> rows_;
};
MILLRACE_REGISTER(Dataset, GoldenImages);

/// What was in force in each iteration, and what it gave.
struct Series {
  std::vector<double> loss, lr, momentum;
};

class Recorder final : public Hook {
 public:
  void before_train_iter(TrainIter& point) override {
    OptimWrapper& optim = point.runner.optims()->only();
    series.lr.push_back(optim.lr());
    series.momentum.push_back(optim.momentum());
  }
  void after_train_iter(TrainIter& point) override { series.loss.push_back(point.losses->total().item<double>()); }
  Series series;
};

/// The worst difference of a case: relative in float64, absolute in float32, as golden/README.md has it.
class Comparison {
 public:
  explicit Comparison(bool single) : single_(single), tolerance_(single ? 1e-4 : 1e-9) {}

  /// `scale` is what the difference is relative to.
  void add(double ours, double theirs, double scale, const std::string& what) {
    const double difference = ours == theirs ? 0 : std::abs(ours - theirs) / (single_ ? 1 : scale);
    if (difference <= worst_) return;
    worst_ = std::isfinite(difference) ? difference : INFINITY;
    where_ = fmt::format("{} is {:.17g}, expected {:.17g}", what, ours, theirs);
  }
  bool agrees() const { return worst_ <= tolerance_; }
  double worst() const { return worst_; }
  const std::string& where() const { return where_; }

 private:
  bool single_;
  double tolerance_;
  double worst_ = 0;
  std::string where_;
};

double number_of(const Value& value) {
  if (value.is_integer()) return static_cast<double>(value.as_integer());
  if (value.is_number()) return value.as_number();
  throw Error(value.place(), "a number was expected, got " + value.repr());
}

void compare_series(Comparison& comparison, const std::string& name, const Value& expected,
                    const std::vector<double>& ours, int64_t first) {
  if (!expected.is_sequence() || expected.items().size() != ours.size())
    throw Error(expected.place(),
                fmt::format("{} should be a list of {} numbers, one for each iteration", name, ours.size()));
  for (size_t i = 0; i < ours.size(); ++i) {
    const double theirs = number_of(expected.items()[i]);
    comparison.add(ours[i], theirs, std::abs(theirs), fmt::format("{} of iteration {}", name, first + int64_t(i)));
  }
}

/// The names on both sides are those of the floating-point tensors.
void compare_weights(Comparison& comparison, const std::string& field, const Value& expected,
                     const std::vector<ModuleView::Named>& tensors) {
  std::set<std::string> left;
  for (const auto& [name, figures] : expected.as_dict()) left.insert(name.as_string());
  for (const ModuleView::Named& one : tensors) {
    if (!one.tensor.is_floating_point()) continue;
    const Value* figures = expected.find(one.name);
    if (!figures || !figures->find("sum") || !figures->find("l2"))
      throw Error(expected.place(), field + " has no sum and l2 of " + one.name);
    left.erase(one.name);
    const at::Tensor values = one.tensor.detach().to(at::kDouble);
    const double l2 = number_of(*figures->find("l2"));
    comparison.add(values.norm().item<double>(), l2, l2, field + ": l2 of " + one.name);
    comparison.add(values.sum().item<double>(), number_of(*figures->find("sum")),
                   l2 * std::sqrt(static_cast<double>(values.numel())), field + ": sum of " + one.name);
  }
  if (!left.empty()) throw Error(expected.place(), field + " names " + *left.begin() + ", which the network lacks");
}

Value dict_of(std::initializer_list<std::pair<const char*, Value>> entries) {
  Value dict = Value::dict();
  for (const auto& [key, value] : entries) dict.as_dict().set(key, value);
  return dict;
}

class Trajectories {
 public:
  Trajectories(fs::path folder, std::string data) : folder_(std::move(folder)), data_(std::move(data)) {
    std::string name = fs::temp_directory_path() / "golden_trajectories.XXXXXX";
    if (!mkdtemp(name.data())) throw Error(name + ": could not be made");
    work_dir_ = name;
  }
  ~Trajectories() {
    std::error_code ignored;
    fs::remove_all(work_dir_, ignored);
  }

  Comparison run(const Value& golden) const {
    static const std::set<std::string> kFields = {
        "name", "family", "package", "optim_wrapper", "param_scheduler", "custom_hooks", "max_iters", "start_iter",
        "loss", "lr",     "params",  "momentum",      "params_eval",     "ema",          "checkpoint"};
    for (const auto& [key, value] : golden.as_dict())
      if (!kFields.contains(key.as_string()))
        throw Error(key.place(), "the field '" + key.as_string() + "' is not known");
    for (const char* needed : {"optim_wrapper", "loss"})
      if (!golden.find(needed)) throw Error(golden.place(), fmt::format("there is no field '{}'", needed));
    const bool single = golden.find("name")->as_string().ends_with("_float32");
    const Value *start = golden.find("start_iter"), *end = golden.find("max_iters");
    const int64_t first = start ? start->as_integer() : 0, last = end ? end->as_integer() : kIterations;

    Config config = Config::from_tree(config_of(golden, single, last));
    RunSurroundings surroundings;
    RunnerOptions options = bind_run_config(config, surroundings);
    options.default_hooks.remove("checkpoint");
    Runner runner(std::move(options), std::move(surroundings));
    auto recorder = std::make_shared<Recorder>();
    runner.add_hook(recorder);
    runner.train();

    Comparison comparison(single);
    compare_series(comparison, "loss", *golden.find("loss"), recorder->series.loss, first);
    if (const Value* lr = golden.find("lr")) compare_series(comparison, "lr", *lr, recorder->series.lr, first);
    if (const Value* momentum = golden.find("momentum"))
      compare_series(comparison, "momentum", *momentum, recorder->series.momentum, first);
    const auto net = [&] { return *runner.model().modules().find("net"); };
    if (const Value* params = golden.find("params")) compare_weights(comparison, "params", *params, net().state());
    if (const Value* ema = golden.find("ema")) compare_averages(comparison, *ema, runner.checkpoint());
    if (const Value* params = golden.find("params_eval")) {
      runner.optims()->eval();
      compare_weights(comparison, "params_eval", *params, net().all_params());
    }
    return comparison;
  }

 private:
  Value config_of(const Value& golden, bool single, int64_t iterations) const {
    Value tree =
        dict_of({{"model", dict_of({{"type", "GoldenLeNet"},
                                    {"weights", (folder_ / "lenet_init.pth").string()},
                                    {"dtype", single ? "float32" : "float64"}})},
                 {"train_dataloader", dict_of({{"batch_size", kBatch},
                                               {"sampler", dict_of({{"type", "DefaultSampler"}, {"shuffle", false}})},
                                               {"dataset", dict_of({{"type", "GoldenImages"}, {"folder", data_}})}})},
                 {"train_cfg", dict_of({{"type", "IterBasedTrainLoop"}, {"max_iters", iterations}})},
                 {"optim_wrapper", *golden.find("optim_wrapper")},
                 {"randomness", dict_of({{"seed", 0}})},
                 {"work_dir", work_dir_.string()}});
    for (const char* key : {"param_scheduler", "custom_hooks"})
      if (const Value* value = golden.find(key)) tree.as_dict().set(key, *value);
    if (const Value* checkpoint = golden.find("checkpoint"))
      tree.as_dict().set("resume", (folder_ / checkpoint->as_string()).string());
    return tree;
  }

  /// In MMEngine's layout a checkpoint of a run with averages has them in the place of the weights.
  static void compare_averages(Comparison& comparison, const Value& expected, const State& checkpoint) {
    if (!checkpoint.find("ema_state_dict")) throw Error(expected.place(), "the run keeps no averages");
    std::vector<ModuleView::Named> averages;
    for (const auto& [name, value] : checkpoint.at("state_dict").entries())
      if (name.string().starts_with("net.")) averages.push_back({name.string().substr(4), value.tensor()});
    compare_weights(comparison, "ema", expected, averages);
  }

  fs::path folder_, work_dir_;
  std::string data_;
};

/// Whether the case agrees; prints its line.
bool report(const Trajectories& trajectories, const Value& golden, const std::string& name) {
  try {
    const Comparison comparison = trajectories.run(golden);
    if (comparison.agrees()) {
      fmt::print("ok    {:<32} worst {:.1e}\n", name, comparison.worst());
    } else {
      fmt::print("FAIL  {:<32} worst {:.1e}: {}\n", name, comparison.worst(), comparison.where());
    }
    std::fflush(stdout);
    return comparison.agrees();
  } catch (const std::exception& error) {
    fmt::print("FAIL  {:<32} {}\n", name, error.what());
    std::fflush(stdout);
    return false;
  }
}

struct Request {
  std::string folder, file, data = "/usr/share/datasets/fashion-mnist", only;
};

/// Nothing if the arguments are wrong.
std::optional<Request> parse(int argc, char** argv) {
  Request request;
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      places.push_back(word);
      continue;
    }
    std::string* value = word == "--data" ? &request.data : word == "--only" ? &request.only : nullptr;
    if (!value || ++i == argc) return std::nullopt;
    *value = argv[i];
  }
  if (places.size() != 2) return std::nullopt;
  request.folder = places[0];
  request.file = places[1];
  return request;
}

int run(const Request& request) {
  const Value cases = read_json(io::read_file(request.file), request.file);
  if (!cases.is_sequence()) throw Error(request.file + ": should hold a list of cases");
  at::set_num_threads(1);  // as fast at this size, and the figures are those of any number to the twelfth digit
  const Trajectories trajectories(request.folder, request.data);
  int64_t ran = 0, agreed = 0;
  for (const Value& golden : cases.items()) {
    const Value* name = golden.is_dict() ? golden.find("name") : nullptr;
    if (!name || !name->is_string()) throw Error(golden.place(), "a case needs a name");
    if (!request.only.empty() && request.only != name->as_string()) continue;
    ++ran;
    if (report(trajectories, golden, name->as_string())) ++agreed;
  }
  if (ran == 0) throw Error(request.file + ": has no case" + (request.only.empty() ? "" : " '" + request.only + "'"));
  fmt::print("{} of {} cases agree\n", agreed, ran);
  return agreed == ran ? 0 : 1;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  const auto request = millrace::parse(argc, argv);
  if (!request) {
    std::fprintf(stderr, "usage: golden_trajectories DIR FILE.json [--data DIR] [--only NAME]\n");
    return 2;
  }
  try {
    return millrace::run(*request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
