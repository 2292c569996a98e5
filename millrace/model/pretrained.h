#pragma once

#include <optional>
#include <string>

#include "millrace/nn/initializer.h"

namespace millrace {

/// Initial weights from a checkpoint, as far as they fit; they win over what the parts below say of themselves.
///
///     backbone=dict(type='ResNet', depth=50,
///                   init_cfg=dict(type='Pretrained', checkpoint='r50.pth', prefix='backbone'))
///
/// With `prefix` the module gets the weights of the file whose names start with it. Throws Error if the file cannot be
/// read, or if no tensor of it fits.
class Pretrained final : public nn::Initializer {
 public:
  struct Options {
    Required<std::string> checkpoint;
    std::optional<std::string> prefix{};

    template <class Fields>
    static void describe(Fields& f) {
      f("checkpoint", &Options::checkpoint, "file of weights");
      f("prefix", &Options::prefix, "the part of the file's network that becomes this one: 'backbone'");
      f.ignore("map_location", "weights are copied to where the network is");
    }
  };
  explicit Pretrained(Options options);
  void apply(const ModuleView& root) const override;
  bool comes_last() const override { return true; }

 private:
  Options options_;
};

}  // namespace millrace
