#pragma once

#include <optional>
#include <string>
#include <utility>

#include "millrace/nn/init_override.h"
#include "millrace/nn/module_view.h"
#include "millrace/registry/component.h"

namespace millrace::nn {

/// One entry of `init_cfg`: sets weights of a network.
class Initializer {
 public:
  static constexpr const char* kKind = "Initializer";
  using Registry = millrace::Registry<Initializer>;

  virtual ~Initializer() = default;
  /// Throws Error if it can't initialise a weight (Xavier with a vector).
  virtual void apply(const ModuleView& root) const = 0;
  /// The same for every layer below `root`, whatever its class: what `override` does.
  virtual void apply_to_all(const ModuleView& root) const { apply(root); }
  /// What it does, for the log: "NormalInit: mean=0, std=0.01, bias=0".
  virtual std::string text() const;
  /// Whether it acts after the submodules, and so overwrites their values: weights from a file.
  virtual bool comes_last() const { return false; }
};

/// An initializer that sets `weight` and `bias` of all layers of the named classes.
///
///     init_cfg = [
///         dict(type='Kaiming', layer='Conv2d'),
///         dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm'])]
///
/// A layer matches by its class or by the one that it derives from, in PyTorch's names (_ConvNd, _BatchNorm,
/// _InstanceNorm). Without `layer` it matches no layer. Later entries overwrite earlier ones. `override` comes after the
/// layers (see InitOverride).
class LayerInitializer : public Initializer {
 public:
  /// The keys that all of these initializers have.
  struct Targets {
    OneOrMany<std::string> layer{};
    double bias = 0;
    std::optional<double> bias_prob{};
    OneOrMany<InitOverride> override{};

    template <class Fields>
    static void describe(Fields& f) {
      f("layer", &Targets::layer, "classes of the layers to set: Conv2d, Linear, _BatchNorm, …");
      f("bias", &Targets::bias, "value of the biases");
      f("bias_prob", &Targets::bias_prob,
        "set biases so that a sigmoid gives this at first; takes precedence over `bias`")
          .within(0, 1);
      f("override", &Targets::override,
        "other initial weights for all layers of a submodule: dict(name='fc', type=…), or several; with the name alone "
        "these here");
    }
  };

  void apply(const ModuleView& root) const final;
  void apply_to_all(const ModuleView& root) const final;
  std::string text() const final;

 protected:
  explicit LayerInitializer(Targets targets) : targets_(std::move(targets)) {}

 private:
  virtual void fill_(at::Tensor weight) const = 0;
  /// "KaimingInit: a=0, mode=fan_out": the class and its own keys.
  virtual std::string own_text() const = 0;
  double bias() const;
  void fill_layer(const ModuleView& layer) const;
  void apply_override(const InitOverride& override, const ModuleView& root) const;
  Targets targets_;
};

/// The type of an `init_cfg` key: None, one initializer or a list of them.
using InitCfg = std::optional<OneOrMany<Component<Initializer>>>;

/// A module with its own initial weights, beside those that its layers draw when they are made.
class HasInit {
 public:
  virtual ~HasInit() = default;
  /// Called before the submodules are initialised. `own` is the view of this module.
  virtual void apply_init(const ModuleView& own) const;
  /// Called after them, for the entries of init_cfg that act last.
  void apply_last_init(const ModuleView& own) const;

 protected:
  void set_init(InitCfg init) { init_ = std::move(init); }
  /// Whether an entry of init_cfg acts last.
  bool has_last_init() const;

 private:
  InitCfg init_;
};

/// Calls apply_init of every HasInit in the tree, parents before children, so the deeper one wins; then
/// apply_last_init, children before parents.
void init_weights(const torch::nn::Module& root);

}  // namespace millrace::nn
