#include "millrace/optim/constructors/learning_rate_decay_optimizer_constructor.h"

namespace millrace {

/// mmsegmentation's older name for a LearningRateDecayOptimizerConstructor with decay_type='layer_wise_vit'.
///
///     constructor='LayerDecayOptimizerConstructor', paramwise_cfg=dict(num_layers=12, layer_decay_rate=0.9)
class LayerDecayOptimizerConstructor final : public OptimWrapperConstructor {
 public:
  struct Options {
    Required<int64_t> num_layers;
    Required<double> layer_decay_rate;

    template <class Fields>
    static void describe(Fields& f) {
      f("num_layers", &Options::num_layers, "layers of the backbone, without stem and head").at_least(1);
      f("layer_decay_rate", &Options::layer_decay_rate, "factor on the lr from each layer to the one below").above(0);
      f.ignore("custom_keys", "mmsegmentation reads none here");
    }
  };

  static Facts facts_of(const Options&) { return {true}; }
  explicit LayerDecayOptimizerConstructor(const Options& options)
      : newer_({.num_layers = options.num_layers,
                .decay_rate = options.layer_decay_rate,
                .decay_type = LearningRateDecayOptimizerConstructor::DecayType::layer_wise_vit}) {}

  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override {
    return newer_.groups(model, base, notices);
  }

 private:
  LearningRateDecayOptimizerConstructor newer_;
};

MILLRACE_REGISTER(OptimWrapperConstructor, LayerDecayOptimizerConstructor);

}  // namespace millrace
