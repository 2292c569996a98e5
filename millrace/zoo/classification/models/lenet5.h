#pragma once

#include <optional>

#include "millrace/nn/backbone.h"
#include "millrace/nn/sequential.h"

namespace millrace::classification {

/// LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition") with tanh and average
/// pooling.
///
/// Takes  (N, 1, 32, 32); without the classifier larger ones, too
/// Gives  (N, 120, 1, 1), or with num_classes the scores (N, num_classes), for a ClsHead
/// Names  features.0 … features.6, classifier.0, classifier.2
class LeNet5 final : public Backbone {
 public:
  struct Options {
    int64_t num_classes = -1;
    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "classes of the classifier on top; -1: only features");
    }
  };
  LeNet5() : LeNet5(Options{}) {}
  explicit LeNet5(Options options);
  Features forward(const at::Tensor& inputs) override;

 private:
  nn::Sequential features_ = nullptr;
  nn::Sequential classifier_ = nullptr;
};

}  // namespace millrace::classification
