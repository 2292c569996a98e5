#pragma once

namespace millrace {

class Binder;
struct Config;

/// Turns a config into one that tests with test-time augmentation (`millrace test --tta`): the pipeline of the test data
/// becomes `tta_pipeline`, and PrepareTTAHook gets `tta_model`.
///
/// Without these two keys, the views are the image and its mirror image: RandomFlip before the last transform of the
/// test pipeline. They are merged as the model's task does it. Throws Error if the config has tta_model alone, or if it
/// has no test data with a pipeline.
void use_tta(Config& config);

/// Adds the mistakes in these two keys. What they name and this program does not have is no matter: only `test --tta`
/// needs it.
void check_tta(const Config& config, Binder& binder);

}  // namespace millrace
