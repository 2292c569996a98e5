#pragma once

#include <optional>
#include <utility>

#include "millrace/registry/complaints.h"
#include "millrace/zoo/classification/models/pair_mix.h"

namespace millrace::classification {

/// The keys that CutMix and ResizeMix share.
struct PatchOptions {
  Required<double> alpha;
  std::optional<std::pair<double, double>> cutmix_minmax{};
  bool correct_lam = true;

  template <class Fields>
  static void describe(Fields& f) {
    using O = PatchOptions;
    f("alpha", &O::alpha, "of Beta(alpha, alpha), from which lam is drawn").above(0);
    f("cutmix_minmax", &O::cutmix_minmax,
      "smallest and largest height and width of the patch, as shares of the image's; takes precedence over alpha")
        .within(0, 1);
    f("correct_lam", &O::correct_lam, "count the part of the patch that lies within the image, for the labels");
  }
  static void check(const PatchOptions& options, Complaints& complaints);
};

struct DrawnPatch {
  Patch patch;
  double lam;  // the share of the image itself in the labels
};

/// Where the patch of a batch lies: around a random pixel by `lam`, or of a random size by cutmix_minmax.
DrawnPatch draw_patch(const PatchOptions& options, double lam, int64_t height, int64_t width, Rng& rng);

}  // namespace millrace::classification
