#include "millrace/optim/constructors/backbone_layers.h"
#include "millrace/optim/optim_wrapper_constructor.h"

namespace millrace {

/// mmpose's: the learning rate of a ViT backbone falls by a factor from each layer to the one below it.
///
///     constructor='LayerDecayOptimWrapperConstructor', paramwise_cfg=dict(num_layers=12, layer_decay_rate=0.75)
///
/// BackboneDecay has the formula. Biases, parameters of one dimension and all with pos_embed in their name have no
/// weight decay; custom_keys are without effect, as they are there.
class LayerDecayOptimWrapperConstructor final : public OptimWrapperConstructor {
 public:
  struct Options {
    Required<int64_t> num_layers;
    Required<double> layer_decay_rate;

    template <class Fields>
    static void describe(Fields& f) {
      f("num_layers", &Options::num_layers, "layers of the backbone, without stem and head").at_least(1);
      f("layer_decay_rate", &Options::layer_decay_rate, "factor on the lr from each layer to the one below").above(0);
      f.ignore("custom_keys", "mmpose reads none here");
    }
  };

  static Facts facts_of(const Options&) { return {true}; }
  explicit LayerDecayOptimWrapperConstructor(Options options)
      : options_(checked<LayerDecayOptimWrapperConstructor>(std::move(options))) {}

  std::vector<ParamGroup> groups(const ModuleView& model, const Base& base,
                                 std::vector<Notice>& notices) const override {
    const auto is_undecayed = [](const std::string& name) { return name.find("pos_embed") != std::string::npos; };
    return groups_by_layer({*options_.num_layers, *options_.layer_decay_rate, vit_layer, is_undecayed}, model, base,
                           notices);
  }

 private:
  Options options_;
};

MILLRACE_REGISTER(OptimWrapperConstructor, LayerDecayOptimWrapperConstructor);

}  // namespace millrace
