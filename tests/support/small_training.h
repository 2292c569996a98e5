#pragma once

#include <filesystem>
#include <string>

namespace millrace {

struct SmallTraining {
  std::string checkpoint = "dict(interval=1)";  // default_hooks.checkpoint
  std::string custom_hooks = "[]";
  int workers = 2;
  int epochs = 2;
};

/// The text of a config of a short training with everything that has a state: augmentation, dropout, accumulation over
/// 3, prefetching workers, AdamW with clipping, warm-up and cosine. 160 images of write_small_images are 10 iterations
/// an epoch.
std::string small_training_config(const std::filesystem::path& data, const SmallTraining& settings = {});

}  // namespace millrace
