#include "millrace/hooks/prepare_tta_hook.h"

#include "millrace/base/class_name.h"
#include "millrace/data/data_loader.h"
#include "millrace/model/model.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

void PrepareTTAHook::before_test(RunPoint& point) {
  Runner& runner = point.runner;
  const Component<BaseTTAModel> merging = options_.tta_cfg.empty() ? runner.model().tta_model() : options_.tta_cfg;
  if (merging.empty())
    throw Error(class_name_of(typeid(runner.model())) +
                " does not say how predictions of several views are merged: test-time augmentation needs tta_model")
        .help("millrace list BaseTTAModel shows what there is");
  if (!runner.loader(Mode::test).dataset().gives_views())
    throw Error("test-time augmentation needs several views of each sample: the test pipeline must end in TestTimeAug");
  if (runner.options().test_cfg.facts().gives_losses)
    throw Error("test_cfg has losses=True: there are no losses with test-time augmentation")
        .help("test_cfg.losses=False");
  runner.set_tta_model(merging.build());
}

MILLRACE_REGISTER(Hook, PrepareTTAHook);

}  // namespace millrace
