#include "millrace/zoo/classification/optimizers/lars.h"

#include "millrace/optim/kernels/norms.h"

namespace millrace::classification {

LARS::LARS(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<LARS>(options), {"momentum_buffer"}) {}

void LARS::check(const Options& options, Complaints& complaints) {
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    complaints.add("nesterov", "nesterov needs momentum above 0 and dampening 0").help("momentum=0.9");
}

bool LARS::keeps(const Options& options, size_t) const { return options.momentum != 0; }

void LARS::step_bucket(const Options& o, Bucket& bucket) {
  const std::vector<ParamNorms> norms = o.lars_exclude ? std::vector<ParamNorms>() : norms_of(bucket);
  const auto rate_of = [&](size_t i) {
    if (o.lars_exclude || norms[i].param == 0 || norms[i].grad == 0) return *o.lr;
    return *o.lr * o.eta * norms[i].param / (norms[i].grad + o.weight_decay * norms[i].param + o.eps);
  };
  if (o.momentum == 0) {
    step_elements<0>(bucket, {}, [&](size_t i) {
      return [pull = o.weight_decay, rate = rate_of(i)](auto g, auto& p)
                 MILLRACE_RULE { p = p - rate * (g + pull * p); };
    });
    return;
  }
  const double keep = bucket.fresh ? 0 : o.momentum, share = bucket.fresh ? 1 : 1 - o.dampening;
  const double of_step = o.nesterov ? 1 : 0, of_buffer = o.nesterov ? o.momentum : 1;
  step_elements<1>(bucket, {0}, [&](size_t i) {
    return [=, pull = o.weight_decay, rate = rate_of(i)](auto g, auto& p, auto& buffer) MILLRACE_RULE {
      const auto step = rate * (g + pull * p);
      buffer = keep * buffer + share * step;
      p = p - (of_step * step + of_buffer * buffer);
    };
  });
}

MILLRACE_REGISTER(Optimizer, LARS);

}  // namespace millrace::classification
