#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/frechet_distance.h"

namespace millrace {
namespace {

/// The Fréchet distance between the features of real and of generated images.
///
/// Reads   real (real rows, features), generated (generated rows, features): at least two rows each
/// Gives   fid; mean_term: the part of it that comes from the means
class FidOfFile final : public FileMeasure {
 public:
  static std::string component_name() { return "fid"; }

  State figures(FileInputs& inputs) const override {
    const auto read = [&](const char* key, const char* rows) {
      const at::Tensor features = inputs.numbers(key, {rows, "features"});
      if (features.size(0) < 2) throw inputs.refusal(key, "needs at least two rows for a covariance");
      return distribution_of(features);
    };
    const FeatureDistribution real = read("real", "real rows");
    const FrechetDistance found = frechet_distance(real, read("generated", "generated rows"));
    return figure_dict({{"fid", figure(found.distance)}, {"mean_term", figure(found.mean_term)}});
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, FidOfFile, fid);

}  // namespace millrace
