#include "tests/support/golden_trajectories.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/config/config.h"
#include "millrace/data/idx_file.h"
#include "millrace/data/tensor_dataset.h"
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

constexpr int64_t kLeNetImages = 2560, kLeNetBatch = 32, kLeNetIterations = 80;
const Key kLeNetLoss("loss"), kLeNetLabel("gt_label");
constexpr const char* kInitialWeights = "lenet_init.pth";
constexpr std::array kImageFiles = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"};

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
    return {{kLeNetLoss, at::cross_entropy_loss(net_->forward(images), batch.tensor(kLeNetLabel))}};
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
    const at::Tensor images = read_idx(folder + "/" + kImageFiles[0]).narrow(0, 0, kLeNetImages);
    const at::Tensor labels = read_idx(folder + "/" + kImageFiles[1]).narrow(0, 0, kLeNetImages);
    return std::make_shared<TensorDataset>(
        TensorDataset::Columns{{keys::inputs, images.unsqueeze(1)}, {kLeNetLabel, labels.to(at::kLong)}});
  }
  std::shared_ptr<TensorDataset> rows_;
};
MILLRACE_REGISTER(Dataset, GoldenImages);

/// What was in force in each iteration, and what it gave.
struct Series {
  std::vector<double> loss, lr, momentum;
};

class SeriesRecorder final : public Hook {
 public:
  void before_train_iter(TrainIter& point) override {
    OptimWrapper& optim = point.runner.optims()->only();
    series.lr.push_back(optim.lr());
    series.momentum.push_back(optim.momentum());
  }
  void after_train_iter(TrainIter& point) override { series.loss.push_back(point.losses->total().item<double>()); }
  Series series;
};

double number_of(const Value& value) {
  if (value.is_integer()) return static_cast<double>(value.as_integer());
  if (value.is_number()) return value.as_number();
  throw Error(value.place(), "a number was expected, got " + value.repr());
}

void compare_series(GoldenComparison& comparison, const std::string& name, const Value& expected,
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
void compare_weights(GoldenComparison& comparison, const std::string& field, const Value& expected,
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

/// In MMEngine's layout a checkpoint of a run with averages has them in the place of the weights.
void compare_averages(GoldenComparison& comparison, const Value& expected, const State& checkpoint) {
  if (!checkpoint.find("ema_state_dict")) throw Error(expected.place(), "the run keeps no averages");
  std::vector<ModuleView::Named> averages;
  for (const auto& [name, value] : checkpoint.at("state_dict").entries())
    if (name.string().starts_with("net.")) averages.push_back({name.string().substr(4), value.tensor()});
  compare_weights(comparison, "ema", expected, averages);
}

}  // namespace

void GoldenComparison::add(double ours, double theirs, double scale, const std::string& what) {
  const double difference = ours == theirs ? 0 : std::abs(ours - theirs) / (single_ ? 1 : scale);
  if (difference <= worst_) return;
  worst_ = std::isfinite(difference) ? difference : INFINITY;
  where_ = fmt::format("{} is {:.17g}, expected {:.17g}", what, ours, theirs);
}

bool GoldenTrajectories::has_data(const std::string& folder) {
  for (const char* file : kImageFiles)
    if (!fs::is_regular_file(fs::path(folder) / file)) return false;
  return true;
}

GoldenTrajectories::GoldenTrajectories(Folders folders) : folders_(std::move(folders)) {
  if (const fs::path weights = folders_.weights / kInitialWeights; !fs::is_regular_file(weights))
    throw Error(weights.string() + ": this file does not exist").help("DIR is the folder golden/trajectories");
  if (!has_data(folders_.data))
    throw Error(folders_.data + ": it lacks " +
                join(std::vector<std::string>(kImageFiles.begin(), kImageFiles.end()), " or "))
        .help("apt-get install dataset-fashion-mnist, or --data FOLDER");
  std::string name = fs::temp_directory_path() / "golden_trajectories.XXXXXX";
  if (!mkdtemp(name.data())) throw Error(name + ": could not be made");
  work_dir_ = name;
}

std::string GoldenTrajectories::checkpoint_of(const Value& golden) const {
  const Value* name = golden.find("checkpoint");
  if (!name) return "";
  if (!name->is_string()) throw Error(name->place(), "checkpoint must be the name of a file, got " + name->repr());
  for (const fs::path& folder : {folders_.checkpoints, folders_.weights})
    if (fs::is_regular_file(folder / name->as_string())) return (folder / name->as_string()).string();
  throw Error(name->place(), "no file '" + name->as_string() + "' in " + folders_.weights.string() +
                                 (folders_.checkpoints.empty() ? "" : " or " + folders_.checkpoints.string()));
}

GoldenTrajectories::~GoldenTrajectories() {
  std::error_code ignored;
  fs::remove_all(work_dir_, ignored);
}

GoldenComparison GoldenTrajectories::run(const Value& golden) const {
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
  const int64_t first = start ? start->as_integer() : 0, last = end ? end->as_integer() : kLeNetIterations;

  Config config = Config::from_tree(config_of(golden, single, last));
  RunSurroundings surroundings;
  RunnerOptions options = bind_run_config(config, surroundings);
  options.default_hooks.remove("checkpoint");
  Runner runner(std::move(options), std::move(surroundings));
  auto recorder = std::make_shared<SeriesRecorder>();
  runner.add_hook(recorder);
  runner.train();

  GoldenComparison comparison(single);
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

Value GoldenTrajectories::config_of(const Value& golden, bool single, int64_t iterations) const {
  Value tree = dict_of(
      {{"model", dict_of({{"type", "GoldenLeNet"},
                          {"weights", (folders_.weights / kInitialWeights).string()},
                          {"dtype", single ? "float32" : "float64"}})},
       {"train_dataloader", dict_of({{"batch_size", kLeNetBatch},
                                     {"sampler", dict_of({{"type", "DefaultSampler"}, {"shuffle", false}})},
                                     {"dataset", dict_of({{"type", "GoldenImages"}, {"folder", folders_.data}})}})},
       {"train_cfg", dict_of({{"type", "IterBasedTrainLoop"}, {"max_iters", iterations}})},
       {"optim_wrapper", *golden.find("optim_wrapper")},
       {"randomness", dict_of({{"seed", 0}})},
       {"work_dir", work_dir_.string()}});
  for (const char* key : {"param_scheduler", "custom_hooks"})
    if (const Value* value = golden.find(key)) tree.as_dict().set(key, *value);
  if (const std::string checkpoint = checkpoint_of(golden); !checkpoint.empty())
    tree.as_dict().set("resume", checkpoint);
  return tree;
}

}  // namespace millrace
