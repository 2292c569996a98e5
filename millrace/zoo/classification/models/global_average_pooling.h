#pragma once

#include "millrace/nn/backbone.h"

namespace millrace::classification {

/// Averages each feature (N, C, …) over all places: (N, C).
class GlobalAveragePooling final : public Neck {
 public:
  struct Options {
    int dim = 2;
    template <class Fields>
    static void describe(Fields& f) {
      f("dim", &Options::dim, "number of dimensions behind the channels").within(1, 3);
    }
  };
  GlobalAveragePooling() : GlobalAveragePooling(Options{}) {}
  explicit GlobalAveragePooling(Options options);
  Features forward(const Features& features) override;

 private:
  int64_t dim_;
};

}  // namespace millrace::classification
