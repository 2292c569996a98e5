#pragma once

#include "millrace/model/tta_model.h"
#include "millrace/registry/component.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Makes the tests of a run use test-time augmentation: predictions of the views of a sample are merged before metrics
/// and other hooks see them.
///
///     custom_hooks = [dict(type='PrepareTTAHook', tta_cfg=dict(type='AverageClsScoreTTA'))]
///
/// The pipeline of the test data ends in TestTimeAug. `millrace test --tta` adds this hook with the config's `tta_model`,
/// and takes its `tta_pipeline`. Throws Error before a test whose data have no views, or whose loop gives losses too.
class PrepareTTAHook final : public Hook {
 public:
  struct Options {
    Component<BaseTTAModel> tta_cfg{};

    template <class Fields>
    static void describe(Fields& f) {
      f("tta_cfg", &Options::tta_cfg, "how predictions of views are merged; None: as the model's task does it");
    }
  };
  PrepareTTAHook() : PrepareTTAHook(Options{}) {}
  explicit PrepareTTAHook(Options options) : options_(std::move(options)) {}
  void before_test(RunPoint& point) override;

 private:
  Options options_;
};

}  // namespace millrace
