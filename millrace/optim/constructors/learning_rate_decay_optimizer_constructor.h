#pragma once

#include "millrace/optim/optim_wrapper_constructor.h"

namespace millrace {

/// mmsegmentation's and mmdetection's: the learning rate of a ConvNeXt, BEiT or MAE backbone falls by a factor from each
/// layer (or stage) to the one below it.
///
///     constructor='LearningRateDecayOptimizerConstructor',
///     paramwise_cfg=dict(num_layers=6, decay_rate=0.8, decay_type='stage_wise')
///
/// BackboneDecay has the formula. Biases and parameters of one dimension have no weight decay; all other keys of
/// paramwise_cfg are without effect, as they are there. Throws Error if the model's `backbone` is another one.
class LearningRateDecayOptimizerConstructor final : public OptimWrapperConstructor {
 public:
  enum class DecayType { layer_wise, stage_wise, layer_wise_vit };
  struct Options {
    Required<int64_t> num_layers;
    Required<double> decay_rate;
    DecayType decay_type = DecayType::layer_wise;

    template <class Fields>
    static void describe(Fields& f) {
      f("num_layers", &Options::num_layers, "layers of the backbone, without stem and head").at_least(1);
      f("decay_rate", &Options::decay_rate, "factor on the lr from each layer to the one below").above(0);
      f("decay_type", &Options::decay_type,
        "count layers or stages; layer_wise_vit: the layers of the backbone that it has");
      f.ignore("custom_keys", "mmsegmentation reads none here");
      f.ignore("bypass_duplicate", "a shared parameter has one place");
      f.ignore("norm_decay_mult", "parameters of one dimension have no weight decay");
      f.ignore("bias_decay_mult", "biases have no weight decay");
    }
  };

  static Facts facts_of(const Options&) { return {true}; }
  explicit LearningRateDecayOptimizerConstructor(Options options);
  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override;

 private:
  Options options_;
};

}  // namespace millrace
