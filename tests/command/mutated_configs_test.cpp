// Whole configs with a change, as mutated_configs.txt lists them: validation and building say the same of each.

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>

#include "millrace/cli/config_findings.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/io/file.h"
#include "millrace/model/base_model.h"
#include "millrace/model/data_preprocessor.h"
#include "millrace/nn/layers.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "tests/command/mistake_texts.h"
#include "tests/support/places.h"
#include "tests/support/random_configs.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_images.h"
#include "tests/support/small_training.h"

namespace millrace {
namespace {

const Key kLabel("gt_label"), kScore("pred_score"), kLoss("loss");

/// The sample, twice.
class StandInViews final : public ViewTransform {
 public:
  std::vector<Sample> views(Sample sample, Rng&) const override { return {sample, sample}; }
};
MILLRACE_REGISTER(Transform, StandInViews);

/// Eight black images.
class StandInStream final : public StreamDataset {
 public:
  bool next(Sample& sample) override {
    if (given_ == 8) return false;
    ++given_;
    sample.set(keys::inputs, at::zeros({1, 28, 28}, at::kByte));
    sample.set(kLabel, int64_t{3});
    return true;
  }
  void begin_pass(int64_t) override { given_ = 0; }

 private:
  int64_t given_ = 0;
};
MILLRACE_REGISTER(Dataset, StandInStream);

/// A figure that nobody knows of before.
class StandInLossMetric final : public Metric {
 public:
  StandInLossMetric() : Metric("") {}
  void process(const Batch&) override {}
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override { return {{"loss", 0.5}}; }
  void reset() override {}
};
MILLRACE_REGISTER(Metric, StandInLossMetric);

/// Two parts, each with an optimizer of its own.
class StandInTwoSteps final : public BaseModel {
 public:
  LossMap train_step(Batch& batch, OptimSet& optims) override {
    data_preprocessor().process(batch, DataPreprocessor::Purpose::training);
    LossMap losses;
    for (const char* part : {"backbone", "head"}) losses = optims[part].step([&] { return loss(batch); });
    return losses;
  }
  LossMap loss(Batch& batch) override {
    return {{kLoss, at::cross_entropy_loss(forward(batch.tensor(keys::inputs)), batch.tensor(kLabel))}};
  }
  void predict(Batch& batch) override { batch.set(kScore, Dense{forward(batch.tensor(keys::inputs))}); }
  at::Tensor forward(at::Tensor images) override {
    return head_(backbone_(images.to(at::kFloat).div(255).mean({2, 3})));
  }

 private:
  nn::Linear backbone_ = register_module("backbone", nn::Linear(1, 4));
  nn::Linear head_ = register_module("head", nn::Linear(4, 10));
};
MILLRACE_REGISTER(Model, StandInTwoSteps);

struct Mutation {
  int line;
  std::string section, changes, mistake;
};

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> kAll = [] {
    std::vector<Mutation> all;
    std::string section;
    int line = 0;
    for (const std::string& text : split(io::read_file(source_path("/tests/command/mutated_configs.txt")), '\n')) {
      ++line;
      if (text.starts_with("# ")) section = text;
      if (text.empty() || text.starts_with("#")) continue;
      const size_t arrow = text.rfind(" =>");
      all.push_back({line, section, text.substr(0, arrow), text.substr(std::min(arrow + 4, text.size()))});
    }
    return all;
  }();
  return kAll;
}

/// The small training with changes; each validation and test of it sees one batch.
Config mutated(const ScratchFolder& folder, const std::vector<std::string>& all_changes) {
  static const std::regex kPython("[a-z_]+ = .*"), kSeparator(" ;; ");
  std::string text = small_training_config(folder.path(), {.workers = 0, .epochs = 1}) + "limit_batches = 1\n";
  std::vector<std::string> overrides;
  for (const std::string& changes : all_changes) {
    std::sregex_token_iterator each(changes.begin(), changes.end(), kSeparator, -1), end;
    for (; each != end; ++each) {
      const std::string change = *each;
      if (std::regex_match(change, kPython)) text += change + "\n";
      else
        for (const std::string& override : split(change, ' ')) overrides.push_back(override);
    }
  }
  Config config = Config::from_string(text, Config::Format::python, "w.py");
  apply_overrides(config, overrides);
  return config;
}

/// Builds all that a run builds, and trains a batch with it. What `config validate` looks at first is left out.
Texts built_run(const Config& config, const std::filesystem::path& work_dir) {
  RunnerOptions options = detail::make_options<RunnerOptions>();
  Binder binder = single_fields("mmpretrain");
  Value tree = Value::dict();
  for (const auto& [key, value] : config.tree.as_dict())
    if (run_schema().has(key.as_string()) && !value.is_null()) tree.as_dict().set(key, value);
  run_schema().bind(&options, tree, binder);
  if (!binder.ok()) return texts_of(binder.mistakes());
  options.work_dir = work_dir.string();
  try {
    Runner runner(std::move(options));
    runner.train();
    if (!runner.options().test_cfg.empty()) runner.test();
  } catch (const Error& error) {
    return texts_of(error);
  }
  return {};
}

/// What a training says that the command starts, before anything is built; nothing if it is content.
std::string refusal_of_a_training(const Config& config) {
  RunSurroundings surroundings;
  try {
    bind_run_config(config, surroundings);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string text_of(const Mistakes& mistakes) {
  try {
    mistakes.throw_if_any();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MutatedConfigs, AreJudgedTheSameByValidationAndByBuilding) {
  const ScratchFolder folder;
  write_small_images(folder.path(), 32, 20);
  int64_t good = 0;
  for (const Mutation& mutation : mutations()) {
    SCOPED_TRACE("mutated_configs.txt:" + std::to_string(mutation.line) + ": " + mutation.changes);
    const Config config = mutated(folder, {mutation.changes});
    const ConfigReport report = check_run_config(config);
    EXPECT_TRUE(report.absent.empty()) << report.absent[0].text();
    const Texts validated = texts_of(report.mistakes);
    EXPECT_EQ(validated, built_run(config, folder.path() / ("run" + std::to_string(mutation.line))));
    // What parts find out only when they meet, a training finds as it builds them.
    if (const std::string refusal = refusal_of_a_training(config); !refusal.empty() || validated.empty())
      EXPECT_EQ(text_of(report.mistakes), refusal);
    for (const Error& error : report.mistakes.all()) EXPECT_TRUE(error.place().known()) << error.what();
    ConfigFindings findings;
    findings.add(report);
    if (mutation.mistake.empty()) {
      EXPECT_EQ(validated, Texts());
      EXPECT_THAT(findings.text(), testing::EndsWith("1 config: no mistakes\n"));
      ++good;
    } else {
      EXPECT_TRUE(findings.has_mistakes());
      EXPECT_THAT(findings.text(), testing::HasSubstr(mutation.mistake));
    }
  }
  EXPECT_GE(mutations().size(), 200u);
  std::cout << mutations().size() << " changed configs, " << good << " of them good ones\n";
}

TEST(MutatedConfigs, OfSeveralChangesAreJudgedTheSameByValidationAndByBuilding) {
  const ScratchFolder folder;
  write_small_images(folder.path(), 32, 20);
  std::map<std::string, std::vector<Mutation>> by_section;  // overrides alone: those of two sections are of other keys
  for (const Mutation& mutation : mutations())
    if (mutation.changes.find(" = ") == std::string::npos) by_section[mutation.section].push_back(mutation);
  std::vector<std::vector<Mutation>> sections;
  for (auto& [name, section] : by_section) sections.push_back(std::move(section));
  RandomConfigs random(13);
  int64_t good = 0;
  for (int run = 0; run < 200; ++run) {
    std::set<size_t> chosen;
    for (const size_t count = 2 + random.below(2); chosen.size() < count;) chosen.insert(random.below(sections.size()));
    std::vector<std::string> changes;
    for (const size_t section : chosen)
      changes.push_back(sections[section][random.below(sections[section].size())].changes);
    SCOPED_TRACE(join(changes, "  "));
    const Config config = mutated(folder, changes);
    const Texts validated = texts_of(check_run_config(config).mistakes);
    const Texts built = built_run(config, folder.path() / ("run" + std::to_string(run)));
    EXPECT_EQ(validated.empty(), built.empty()) << testing::PrintToString(validated) << "\n"
                                                << testing::PrintToString(built);
    // Building stops at the first part that is wrong; validation goes on, but a mistake in a part hides one between
    // parts.
    Texts known = validated;
    for (const std::string& change : changes)
      known.merge(texts_of(check_run_config(mutated(folder, {change})).mistakes));
    for (const std::string& text : built) {
      const auto is_told = [&](const std::string& one) { return text.ends_with(one); };  // behind an override
      EXPECT_TRUE(std::any_of(known.begin(), known.end(), is_told)) << text;
    }
    good += validated.empty();
  }
  EXPECT_GE(good, 5);
  std::cout << "200 configs of several changes, " << good << " of them good ones\n";
}

/// Each rule over several fields or parts is broken by a line of the list. The text is of that rule.
TEST(MutatedConfigs, BreakEveryRuleOfTheCode) {
  const std::map<std::string, std::string> texts = {
      {"data/csv_dataset.h", "CSVDataset needs a label"},
      {"data/data_loader.h", "drop_last has no effect with a batch_sampler"},
      {"data/dataset.h", "metainfo must be a dict"},
      {"data/transform.h", "it must be the last of the pipeline"},
      {"data/transforms/center_crop.h", "pad_cfg of CenterCrop"},
      {"data/transforms/load_image_from_file.h", "two spellings of one key"},
      {"data/transforms/normalize.h", "Normalize has 1 means"},
      {"data/transforms/pad.h", "Pad needs one of size"},
      {"data/transforms/random_affine.h", "scaling_ratio_range begins"},
      {"data/transforms/random_flip.h", "RandomFlip has 2"},
      {"data/transforms/random_rotate.h", "RandomRotate takes center or auto_bound"},
      {"data/transforms/resize.h", "Resize needs scale"},
      {"eval/dump_results.h", "DumpResults.out_file_path must end in"},
      {"hooks/checkpoint_hook.h", "CheckpointHook.rule has"},
      {"hooks/early_stopping_hook.h", "does not tell whether more is better"},
      {"hooks/ema_hook.h", "begin_iter and begin_epoch are both given"},
      {"hooks/freeze_hook.h", "until_epoch and until_iter are both given"},
      {"hooks/profiler_hook.h", "ProfilerHook has nothing to record"},
      {"data/transforms/test_time_aug.h", "TestTimeAug can't be within"},
      {"model/batch_augment.h", "RandomBatchAugment has 2 probabilities"},
      {"model/data_preprocessor.h", "swap the channels twice"},
      {"model/pretrained.h", "Pretrained.revise_keys: the pattern"},
      {"nn/resnet.h", "ResNet_CIFAR has no deep_stem"},
      {"nn/resnet_body.h", "ResNet has no depth 17"},
      {"optim/lars.h", "nesterov needs momentum above 0"},
      {"optim/optim_wrapper_options.h", "accumulative_counts must be 1"},
      {"optim/rprop.h", "etas must be a factor below 1"},
      {"optim/schedulers/cosine_annealing_lr.h", "both set the final value"},
      {"optim/schedulers/cosine_restart_lr.h", "give one of eta_min"},
      {"optim/schedulers/cyclic_lr.h", "scale_fn 'x +'"},
      {"optim/schedulers/lambda_lr.h", "factor '0.95 **'"},
      {"optim/schedulers/one_cycle_lr.h", "eta_max must be above 0"},
      {"optim/schedulers/reduce_on_plateau_lr.h", "by_epoch must be True"},
      {"optim/schedulers/schedule_facts.h", "end must be above begin"},
      {"optim/sgd.h", "nesterov needs momentum"},
      {"runner/auto_scale_lr.h", "auto_scale_lr.enable needs"},
      {"runner/eval_loop.h", "fp16=True and precision='fp32'"},
      {"runner/log_processor.h", "two entries have the log_name"},
      {"runner/runner_options.h", "a test needs test_cfg"},
      {"runner/val_schedule.h", "dynamic_intervals: the milestone"},
      {"runner/val_set.h", "a set of val_sets needs a dataloader"},
      {"zoo/classification/datasets/custom_dataset.h", "a dataset of images needs"},
      {"zoo/classification/metrics/single_label_metric.h", "SingleLabelMetric.items must be"},
      {"zoo/classification/models/cls_data_preprocessor.h", "to_onehot needs num_classes"},
      {"zoo/classification/models/cross_entropy_loss.h", "both use_sigmoid and use_soft"},
      {"zoo/classification/models/patch_draw.h", "CutMix.cutmix_minmax is"},
      {"zoo/classification/models/resize_mix.h", "ResizeMix.lam_min is"},
      {"zoo/classification/models/lenet.h", "LeNet: nothing is left"},
      {"zoo/classification/optimizers/lars.h", "nesterov needs momentum above 0 and"},
      {"zoo/classification/transforms/color_jitter.h", "contrast begins above"},
      {"zoo/classification/transforms/random_resized_crop.h", "crop_ratio_range begins"},
      {"zoo/classification/transforms/resize_edge.h", "edge must be 'short'"},
  };
  const std::filesystem::path root = source_path("/millrace");
  static const std::regex kRule(R"(^ +static void check\([^)]*Complaints& )", std::regex::multiline);
  std::set<std::string> with_rules, listed;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".h" && entry.path().filename() != "complaints.h" &&
        std::regex_search(io::read_file(entry.path().string()), kRule))
      with_rules.insert(entry.path().lexically_relative(root).string());
  for (const auto& [header, text] : texts) {
    listed.insert(header);
    EXPECT_TRUE(std::any_of(mutations().begin(), mutations().end(),
                            [&](const Mutation& one) { return one.mistake.find(text) != std::string::npos; }))
        << header << ": " << text;
  }
  EXPECT_EQ(listed, with_rules);
}

}  // namespace
}  // namespace millrace
