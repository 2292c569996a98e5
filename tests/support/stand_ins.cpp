#include "tests/support/stand_ins.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "millrace/config/config.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/dataset.h"
#include "millrace/eval/metric.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/vis/visualizer.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

namespace millrace {

using nlohmann::json;

std::vector<json>& recorded_trace() {
  static std::vector<json> trace;
  return trace;
}

json read_golden(const std::string& name) {
  std::ifstream file(source_path("/tests/golden/") + name);
  if (!file) throw std::runtime_error("no golden file " + name);
  return json::parse(file);
}

Value value_of(const json& node) {
  switch (node.type()) {
    case json::value_t::null:
      return {};
    case json::value_t::boolean:
      return node.get<bool>();
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return node.get<int64_t>();
    case json::value_t::number_float:
      return node.get<double>();
    case json::value_t::string:
      return node.get<std::string>();
    case json::value_t::array: {
      Value list = Value::list();
      for (const json& item : node) list.items().push_back(value_of(item));
      return list;
    }
    default: {
      Value dict = Value::dict();
      for (const auto& [key, item] : node.items()) dict.as_dict().set(key, value_of(item));
      return dict;
    }
  }
}

namespace {

const Key kInputs("inputs");
const Key kDataSamples("data_samples");
const Key kLoss("loss");

class StandInDataset final : public Dataset {
 public:
  struct Options {
    Required<int64_t> length;
    template <class F>
    static void describe(F& f) {
      f("length", &Options::length, "items");
    }
  };
  explicit StandInDataset(Options options) : length_(options.length) {}
  int64_t size() const override { return length_; }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set(kInputs, at::tensor({static_cast<float>(index) + 1.0F}));
    sample.set(kDataSamples, index);
    return sample;
  }

 private:
  int64_t length_;
};
MILLRACE_REGISTER(Dataset, StandInDataset);

class StandInModel final : public Model {
 public:
  StandInModel() : weight_(at::ones({}).set_requires_grad(true)) {}
  LossMap train_step(Batch& batch, OptimSet& optims) override {
    LossMap losses;
    losses.add(kLoss, (weight_ * batch.tensor(kInputs)).mean());
    optims.only().update(losses);
    return losses;
  }
  void val_step(Batch& batch) override {
    batch.set("pred"_key, Meta{std::vector<State>(static_cast<size_t>(batch.size()), State(1))});
  }
  ModuleView modules() const override {
    ModuleView view;
    view.params.push_back({"w", weight_});
    return view;
  }
  void set_training(bool training) override { training_ = training; }
  bool is_training() const override { return training_; }
  void to(const c10::Device&) override {}
  c10::Device device() const override { return c10::kCPU; }

 private:
  at::Tensor weight_;
  bool training_ = true;
};
MILLRACE_REGISTER(Model, StandInModel);

class StandInMetric final : public Metric {
 public:
  StandInMetric() : Metric("stand_in") {}
  void process(const Batch& batch) override { count_ += batch.size(); }
  State partial() const override { return count_; }
  void absorb(const State& partial) override { count_ += partial.integer(); }
  MetricMap compute() override { return {{"count", count_}}; }
  void reset() override { count_ = 0; }

 private:
  int64_t count_ = 0;
};
MILLRACE_REGISTER(Metric, StandInMetric);

json samples_of(const Batch& batch) {
  json samples = json::array();
  const Column* column = batch.find(kDataSamples);
  if (const auto* dense = std::get_if<Dense>(column)) {
    for (int64_t i = 0; i < batch.size(); ++i) samples.push_back(dense->values[i].item<int64_t>());
  } else {
    for (const State& value : std::get<Meta>(*column).values) samples.push_back(value.integer());
  }
  return samples;
}

int64_t lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  int64_t lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

json info_of(Runner& runner, const char* name) {
  const State* value = runner.hub().find_info(name);
  if (!value || value->is_none()) return nullptr;
  return value->is_string() ? json(value->string()) : json(value->integer());
}

struct RecorderOptions {
  std::string name{};
  std::optional<std::vector<std::string>> points{};
  bool brief = false;
  Value raise_at{};
  Value stop_at{};
  template <class F>
  static void describe(F& f) {
    f("name", &RecorderOptions::name, "written with each point");
    f("points", &RecorderOptions::points, "those to write down");
    f("brief", &RecorderOptions::brief, "few facts");
    f("raise_at", &RecorderOptions::raise_at, "where to throw");
    f("stop_at", &RecorderOptions::stop_at, "where to ask for a stop");
  }
};

class RecorderBase : public Hook {
 public:
  explicit RecorderBase(RecorderOptions options) : options_(std::move(options)) {}

 protected:
  void write(Runner& runner, const std::string& point, json more = json::object()) {
    json facts = json::object();
    if (!options_.name.empty()) facts["hook"] = options_.name;
    facts["epoch"] = runner.has_train_loop() ? json(runner.epoch()) : json(nullptr);
    facts["iter"] = runner.has_train_loop() ? json(runner.iter()) : json(nullptr);
    if (!options_.brief) {
      facts["training"] = runner.model().is_training();
      facts["stage"] = info_of(runner, "loop_stage");
      facts["hub_epoch"] = info_of(runner, "epoch");
      facts["hub_iter"] = info_of(runner, "iter");
      facts["lr"] = runner.optims() ? json(runner.optims()->only().lr()) : json(nullptr);
      const auto loss = runner.hub().find_scalar("train/loss");
      facts["losses"] = loss ? runner.hub().history(*loss).size() : 0;
      runner.visualizer().flush();
      facts["records"] = lines_of(runner.run_folder().path() / "vis_data" / "scalars.json");
      std::ifstream last(runner.work_dir() / "last_checkpoint");
      std::string path;
      facts["last_checkpoint"] =
          std::getline(last, path) ? json(std::filesystem::path(path).filename().string()) : json(nullptr);
    }
    facts.update(more);
    recorded_trace().push_back(json::array({point, facts}));
    if (matches(options_.stop_at, runner, point)) runner.request_stop("the recorder says so");
    if (matches(options_.raise_at, runner, point))
      throw std::runtime_error(options_.raise_at.find("error")->as_string());
  }

 private:
  static bool matches(const Value& at, Runner& runner, const std::string& point) {
    if (!at.is_dict() || at.find("point")->as_string() != point) return false;
    const Value* epoch = at.find("epoch");
    const Value* iter = at.find("iter");
    return (!epoch || epoch->is_null() || epoch->as_integer() == runner.epoch()) &&
           (!iter || iter->is_null() || iter->as_integer() == runner.iter());
  }
  RecorderOptions options_;
};

json facts_of(const TrainIter& point) {
  json facts = {{"batch_idx", point.batch_idx}, {"samples", samples_of(point.batch)}};
  if (point.losses) {
    facts["outputs"] = json::array();
    for (const auto& loss : point.losses->entries()) facts["outputs"].push_back(loss.name.name());
  }
  return facts;
}
json facts_of(const EvalIter& point) { return {{"batch_idx", point.batch_idx}, {"samples", samples_of(point.batch)}}; }
json outputs_of(const EvalIter& point) {
  json facts = facts_of(point);
  facts["outputs"] = point.batch.size();
  return facts;
}
json facts_of(const EvalEnd& point) {
  json metrics = json::object();
  for (const auto& metric : point.metrics) metrics[metric.name] = metric.value.integer();
  return {{"metrics", metrics}};
}
json facts_of(const CheckpointPoint& point) {
  json keys = json::array();
  for (const auto& entry : point.checkpoint.entries()) keys.push_back(entry.key.string());
  std::sort(keys.begin(), keys.end());
  const State& meta = point.checkpoint.at("meta");
  return {{"keys", keys}, {"meta", {{"epoch", meta.at("epoch").integer()}, {"iter", meta.at("iter").integer()}}}};
}

class Recorder final : public RecorderBase {
 public:
  using Options = RecorderOptions;
  explicit Recorder(Options options) : RecorderBase(std::move(options)) {}
#define RECORD_RUN_POINT(point) \
  void point(RunPoint& at) override { write(at.runner, #point); }
  RECORD_RUN_POINT(before_run)
  RECORD_RUN_POINT(before_train)
  RECORD_RUN_POINT(before_train_epoch)
  RECORD_RUN_POINT(after_train_epoch)
  RECORD_RUN_POINT(before_val)
  RECORD_RUN_POINT(before_val_epoch)
  RECORD_RUN_POINT(after_val)
  RECORD_RUN_POINT(after_train)
  RECORD_RUN_POINT(before_test)
  RECORD_RUN_POINT(before_test_epoch)
  RECORD_RUN_POINT(after_test)
  RECORD_RUN_POINT(after_run)
#undef RECORD_RUN_POINT
  void before_train_iter(TrainIter& at) override { write(at.runner, "before_train_iter", facts_of(at)); }
  void after_train_iter(TrainIter& at) override { write(at.runner, "after_train_iter", facts_of(at)); }
  void before_val_iter(EvalIter& at) override { write(at.runner, "before_val_iter", facts_of(at)); }
  void after_val_iter(EvalIter& at) override { write(at.runner, "after_val_iter", outputs_of(at)); }
  void before_test_iter(EvalIter& at) override { write(at.runner, "before_test_iter", facts_of(at)); }
  void after_test_iter(EvalIter& at) override { write(at.runner, "after_test_iter", outputs_of(at)); }
  void after_val_epoch(EvalEnd& at) override { write(at.runner, "after_val_epoch", facts_of(at)); }
  void after_test_epoch(EvalEnd& at) override { write(at.runner, "after_test_epoch", facts_of(at)); }
  void before_save_checkpoint(CheckpointPoint& at) override {
    write(at.runner, "before_save_checkpoint", facts_of(at));
  }
  void after_load_checkpoint(CheckpointPoint& at) override { write(at.runner, "after_load_checkpoint", facts_of(at)); }
};
MILLRACE_REGISTER(Hook, Recorder);

class GenericRecorder final : public RecorderBase {
 public:
  using Options = RecorderOptions;
  explicit GenericRecorder(Options options) : RecorderBase(std::move(options)) {}
  void before_epoch(EpochPoint& at) override {
    write(at.runner, "_before_epoch", {{"mode", std::string(mode_name(at.mode))}});
  }
  void after_epoch(EpochPoint& at) override {
    write(at.runner, "_after_epoch", {{"mode", std::string(mode_name(at.mode))}});
  }
  void before_iter(IterPoint& at) override { write(at.runner, "_before_iter", facts(at)); }
  void after_iter(IterPoint& at) override {
    json more = facts(at);
    if (at.losses) {
      more["outputs"] = json::array();
      for (const auto& loss : at.losses->entries()) more["outputs"].push_back(loss.name.name());
    } else {
      more["outputs"] = at.batch.size();
    }
    write(at.runner, "_after_iter", more);
  }

 private:
  static json facts(const IterPoint& at) {
    return {{"mode", std::string(mode_name(at.mode))}, {"batch_idx", at.batch_idx}, {"samples", samples_of(at.batch)}};
  }
};
MILLRACE_REGISTER(Hook, GenericRecorder);

std::filesystem::path run_calls(const json& golden_config, const std::vector<std::string>& calls,
                                const std::filesystem::path& work_dir, GoldenRun& result) {
  Value tree = value_of(golden_config);
  tree.as_dict().set("work_dir", work_dir.string());
  if (Value* load_from = tree.as_dict().find("load_from"); load_from && load_from->is_string())
    *load_from = (work_dir / load_from->as_string()).string();
  std::filesystem::path folder;
  try {
    Config config = Config::from_tree(tree);
    RunSurroundings surroundings;
    RunnerOptions options = bind_run_config(config, surroundings);
    Runner runner(std::move(options), std::move(surroundings));
    runner.logger().to_callback([&](LogLevel level, std::string_view message) {
      if (level == LogLevel::info) result.messages.emplace_back(message);
    });
    folder = runner.run_folder().path();
    for (const std::string& call : calls) {
      if (call == "train") runner.train();
      else if (call == "val") runner.val();
      else runner.test();
      recorded_trace().push_back(json::array({"return", {{"call", call}, {"training", runner.model().is_training()}}}));
    }
  } catch (const std::exception& error) {
    result.error = error.what();
  }
  return folder;
}

}  // namespace

GoldenRun run_golden_case(const json& golden) {
  const ScratchFolder folder;
  GoldenRun result;
  if (golden.contains("first") && !golden["first"].is_null()) {
    const std::filesystem::path run = run_calls(golden["first"]["config"], {"train"}, folder.path(), result);
    if (!run.empty()) std::filesystem::remove_all(run);
    result = {};
  }
  recorded_trace().clear();
  const std::filesystem::path run =
      run_calls(golden["config"], golden["calls"].get<std::vector<std::string>>(), folder.path(), result);
  result.trace = recorded_trace();
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().extension() == ".pth") result.files.push_back(entry.path().filename().string());
  std::sort(result.files.begin(), result.files.end());
  if (!run.empty()) {
    std::ifstream records(run / "vis_data" / "scalars.json");
    for (std::string line; std::getline(records, line);) result.records.push_back(json::parse(line));
    std::ifstream test(run / (run.filename().string() + ".json"));
    if (test) result.test_json = json::parse(test);
  }
  return result;
}

}  // namespace millrace
