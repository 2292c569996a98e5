#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/checkpoint/weights_match.h"
#include "millrace/nn/initializer.h"

namespace millrace {

/// Initial weights from a checkpoint, as far as they fit; they overwrite those of the initializers of submodules.
///
///     backbone=dict(type='ResNet', depth=50,
///                   init_cfg=dict(type='Pretrained', checkpoint='r50.pth', prefix='backbone'))
///
/// With `prefix` the module gets the weights of the file whose names start with it; `revise_keys=[(r'^encoder\.', '')]`
/// changes names after that. Throws Error if the file cannot be read, or if no tensor of it fits.
class Pretrained final : public nn::Initializer {
 public:
  struct Options {
    Required<std::string> checkpoint;
    std::optional<std::string> prefix{};
    std::vector<ReviseKey> revise_keys{};

    template <class Fields>
    static void describe(Fields& f) {
      f("checkpoint", &Options::checkpoint, "file of weights");
      f("prefix", &Options::prefix, "the part of the file's network that becomes this one: 'backbone'");
      f("revise_keys", &Options::revise_keys,
        "pairs (pattern, replacement) that make the file's names those of the model");
      f.ignore("map_location", "weights are copied to where the network is");
    }
  };
  explicit Pretrained(Options options);
  /// Refuses patterns that can't be read.
  static void check(const Options& options, Complaints& complaints);
  void apply(const ModuleView& root) const override;
  bool comes_last() const override { return true; }
  std::string text() const override;

 private:
  Options options_;
};

}  // namespace millrace
