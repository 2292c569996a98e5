#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "millrace/base/text.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_images.h"
#include "tests/support/subprocess.h"

namespace millrace {

/// The command over a small data set and a config for it, in a folder of their own: two epochs of ten iterations.
class SmallRun : public testing::Test {
 protected:
  static inline const std::string kProgram = build_path("/bin/millrace");

  SmallRun() {
    write_small_images(folder_.path() / "data", 160, 40);
    config_ = write("small.py", config_text());
  }

  std::string config_text() const {
    return "default_scope = 'mmpretrain'\n"
           "model = dict(\n"
           "    type='ImageClassifier', data_preprocessor=dict(type='ClsDataPreprocessor', mean=[70.0], std=[80.0]),\n"
           "    backbone=dict(type='LeNet', widths=[4, 8], hidden=16, dropout=0.3),\n"
           "    head=dict(type='LinearClsHead', num_classes=10, in_channels=16, loss=dict(type='CrossEntropyLoss')))\n"
           "train_dataloader = dict(\n"
           "    batch_size=16, num_workers=1, sampler=dict(type='DefaultSampler', shuffle=True),\n"
           "    dataset=dict(type='FashionMNIST', data_root='" +
           path("data") +
           "', split='train', pipeline=[\n"
           "        dict(type='RandomCrop', crop_size=28, padding=2), dict(type='RandomFlip', prob=0.5), "
           "dict(type='PackInputs')]))\n"
           "val_dataloader = dict(\n"
           "    batch_size=20, sampler=dict(type='DefaultSampler', shuffle=False),\n"
           "    dataset=dict(type='FashionMNIST', data_root='" +
           path("data") +
           "', split='test', pipeline=[dict(type='PackInputs')]))\n"
           "test_dataloader = val_dataloader\n"
           "val_evaluator = dict(type='Accuracy', topk=(1, 5))\n"
           "test_evaluator = val_evaluator\n"
           "train_cfg = dict(by_epoch=True, max_epochs=2)\n"
           "val_cfg = dict()\n"
           "test_cfg = dict()\n"
           "optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.01))\n"
           "param_scheduler = dict(type='CosineAnnealingLR', by_epoch=False, T_max=20)\n"
           "randomness = dict(seed=3)\n"
           "default_hooks = dict(logger=dict(interval=1), checkpoint=dict(save_best='accuracy/top1'))\n";
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  using WhileRunning = std::function<void(int pid, const std::string& line)>;
  ProcessResult train(const std::vector<std::string>& words, const WhileRunning& while_running = {}) const {
    std::vector<std::string> arguments = {kProgram, "train", config_, "--work-dir", path("work")};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments, {}, while_running);
  }
  static ProcessResult shell(const std::string& line) { return run_process({"/bin/sh", "-c", line}); }

  /// The rest of the line that begins with `label`.
  static std::string line_after(const std::string& text, const std::string& label) {
    for (const std::string& line : split(text, '\n'))
      if (trim(line).starts_with(label)) return std::string(trim(trim(line).substr(label.size())));
    return {};
  }

  std::vector<std::filesystem::path> files_named(const std::string& name, const std::string& below = "work") const {
    std::vector<std::filesystem::path> found;
    std::error_code absent;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(below), absent))
      if (entry.path().filename() == name) found.push_back(entry.path());
    return found;
  }
  nlohmann::json summary() const {
    std::ifstream file(files_named("summary.json").at(0));
    return nlohmann::json::parse(file);
  }
  /// The records of the run, without what a clock measured.
  std::vector<nlohmann::json> records(const std::string& below = "work") const {
    std::vector<nlohmann::json> records;
    for (const std::filesystem::path& path : files_named("scalars.json", below)) {
      std::ifstream file(path);
      for (std::string line; std::getline(file, line);) {
        nlohmann::json record = nlohmann::json::parse(line);
        for (const char* key : {"time", "data_time", "memory"}) record.erase(key);
        records.push_back(record);
      }
    }
    return records;
  }

  ScratchFolder folder_;
  std::string config_;
};

}  // namespace millrace
