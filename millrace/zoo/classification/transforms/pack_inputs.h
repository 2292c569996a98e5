#pragma once

#include <string>
#include <vector>

#include "millrace/data/transform.h"

namespace millrace::classification {

/// The last transform: converts the image to the layout of networks, and keeps only the fields that training and
/// evaluation need.
///
///     PackInputs().apply(sample, rng);
///
/// Needs   `input_key`         (H, W, C) or (H, W), any dtype; in `img` it is then (C, H, W), a view of the same memory
/// Keeps   channel_order, gt_label (int, or a list of int, which becomes a tensor), gt_score, `algorithm_keys` and
///         `meta_keys`, as far as there are any
/// All other fields are dropped.
class PackInputs final : public Transform {
 public:
  struct Options {
    std::string input_key = "img";
    std::vector<std::string> algorithm_keys{};
    std::vector<std::string> meta_keys = {"sample_idx",   "img_path", "ori_shape",     "img_shape",
                                          "scale_factor", "flip",     "flip_direction"};

    template <class Fields>
    static void describe(Fields& f) {
      f("input_key", &Options::input_key, "key of the image").not_empty();
      f("algorithm_keys", &Options::algorithm_keys, "more keys that the model needs");
      f("meta_keys", &Options::meta_keys, "keys that are kept for hooks and metrics");
    }
  };
  PackInputs() : PackInputs(Options{}) {}
  explicit PackInputs(const Options& options);
  void apply(Sample& sample, Rng& rng) const override;

 private:
  Key input_;
  std::vector<Key> kept_;
};

}  // namespace millrace::classification
