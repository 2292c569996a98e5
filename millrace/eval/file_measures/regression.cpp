#include "millrace/eval/measures/regression.h"

#include <cmath>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

/// Errors of predicted numbers, as scikit-learn's mean_absolute_error, mean_squared_error and r2_score.
///
/// Reads   predictions, targets (rows, outputs), or (rows)
/// Gives   mae, mse, r2 (means over the outputs), rmse (the root of mse), mae_per_output, mse_per_output
class RegressionOfFile final : public FileMeasure {
 public:
  static std::string component_name() { return "regression"; }

  State figures(FileInputs& inputs) const override {
    const bool is_flat = inputs.levels("predictions") == 1 && inputs.levels("targets") == 1;
    const auto read = [&](const char* key) {
      return is_flat ? inputs.numbers(key, {"rows"}).unsqueeze(1) : inputs.numbers(key, {"rows", "outputs"});
    };
    const at::Tensor predictions = read("predictions"), targets = read("targets");
    const RegressionErrors errors = regression_errors(regression_sums(predictions, targets));
    const double mse = mean_of_defined(errors.mse);
    return figure_dict({{"mae", figure(mean_of_defined(errors.mae))},
                        {"mse", figure(mse)},
                        {"rmse", figure(std::sqrt(mse))},
                        {"mae_per_output", figure_list(errors.mae)},
                        {"mse_per_output", figure_list(errors.mse)},
                        {"r2", figure(mean_of_defined(errors.r2))}});
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, RegressionOfFile, regression);

}  // namespace millrace
