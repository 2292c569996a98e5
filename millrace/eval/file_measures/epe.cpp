#include <ATen/ops/ones.h>

#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/flow_errors.h"

namespace millrace {
namespace {

/// Errors of a predicted optical flow.
///
/// Reads   predictions, flow (rows, columns, 2), pixels; valid (rows, columns) 0 or 1, or absent: all are valid
/// Gives   epe (mean distance of the ends), epe_all (also over pixels that are not valid), fl_all (share of outliers),
///         px1, px3, px5 (shares of pixels closer than 1, 3 and 5 px)
class EpeOfFile final : public FileMeasure {
 public:
  enum class Layout { HW2 };
  struct Options {
    Layout layout = Layout::HW2;

    template <class Fields>
    static void describe(Fields& f) {
      f("layout", &Options::layout, "axes of the flow: height, width, and the two components x and y");
    }
  };
  static std::string component_name() { return "epe"; }
  explicit EpeOfFile(Options options) { checked<EpeOfFile>(options); }

  State figures(FileInputs& inputs) const override {
    const at::Tensor predictions = inputs.numbers("predictions", {"rows", "columns", "2"});
    const at::Tensor flow = inputs.numbers("flow", {"rows", "columns", "2"});
    const at::Tensor valid =
        inputs.has("valid") ? inputs.labels("valid", {"rows", "columns"}, 2) : at::ones({flow.size(0), flow.size(1)});
    const FlowErrors errors = flow_errors(flow_sums(predictions, flow, valid));
    return figure_dict({{"epe", figure(errors.epe)},
                        {"epe_all", figure(errors.epe_all)},
                        {"fl_all", figure(errors.fl_all)},
                        {"px1", figure(errors.px1)},
                        {"px3", figure(errors.px3)},
                        {"px5", figure(errors.px5)}});
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, EpeOfFile, epe);

}  // namespace millrace
