#include <fmt/format.h>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/depth_errors.h"

namespace millrace {
namespace {

/// Errors of predicted depths (Eigen et al. 2014), over the pixels with min_depth < depth < max_depth.
///
/// Reads   predictions, depths (rows, columns), metres
/// Gives   abs_rel, sq_rel, rmse, rmse_log, log10, silog, delta1, delta2, delta3, valid (pixels)
class DepthOfFile final : public FileMeasure {
 public:
  struct Options {
    double min_depth = 1e-3, max_depth = 10;

    template <class Fields>
    static void describe(Fields& f) {
      f("min_depth", &Options::min_depth, "metres; pixels that are not deeper do not count").above(0);
      f("max_depth", &Options::max_depth, "metres; pixels that are not nearer do not count").above(0);
    }
  };
  static void check(const Options& options, Complaints& complaints) {
    if (options.min_depth >= options.max_depth)
      complaints.add("min_depth", fmt::format("min_depth must be below max_depth, got {} and {}", options.min_depth,
                                              options.max_depth));
  }
  static std::string component_name() { return "depth"; }
  explicit DepthOfFile(Options options) : options_(checked<DepthOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const at::Tensor predictions = inputs.numbers("predictions", {"rows", "columns"});
    const at::Tensor depths = inputs.numbers("depths", {"rows", "columns"});
    const DepthErrors errors = depth_errors(depth_sums(predictions, depths, options_.min_depth, options_.max_depth));
    return figure_dict({{"abs_rel", figure(errors.abs_rel)},
                        {"sq_rel", figure(errors.sq_rel)},
                        {"rmse", figure(errors.rmse)},
                        {"rmse_log", figure(errors.rmse_log)},
                        {"log10", figure(errors.log10)},
                        {"silog", figure(errors.silog)},
                        {"delta1", figure(errors.delta1)},
                        {"delta2", figure(errors.delta2)},
                        {"delta3", figure(errors.delta3)},
                        {"valid", errors.valid}});
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, DepthOfFile, depth);

}  // namespace millrace
