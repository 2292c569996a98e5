#include "millrace/optim/lars.h"

#include <algorithm>

#include "millrace/optim/kernels/norms.h"

namespace millrace {

Lars::Lars(std::vector<ParamGroup> groups, const Options& options)
    : ElementWiseOptimizer(std::move(groups), of<Lars>(options), {"momentum_buffer"}) {}

void Lars::check(const Options& options, Complaints& complaints) {
  if (options.nesterov && (options.momentum <= 0 || options.dampening != 0))
    complaints.add("nesterov", "nesterov needs momentum above 0 and dampening 0").help("momentum=0.9");
}

bool Lars::keeps(const Options& options, size_t) const { return options.momentum != 0; }

void Lars::step_bucket(const Options& o, Bucket& bucket) {
  const bool adapts = o.weight_decay != 0 || o.always_adapt;
  const std::vector<ParamNorms> norms = adapts ? norms_of(bucket) : std::vector<ParamNorms>();
  const auto trust_of = [&](size_t i) {
    double trust = 1;
    if (adapts && norms[i].param > 0 && norms[i].grad > 0)
      trust = o.trust_coeff * norms[i].param / (norms[i].grad + o.weight_decay * norms[i].param + o.eps);
    return adapts && o.trust_clip ? std::min(trust / o.lr, 1.0) : trust;
  };
  if (o.momentum == 0) {
    step_elements<0>(bucket, {}, [&](size_t i) {
      return [lr = o.lr, pull = o.weight_decay, trust = trust_of(i)](auto g, auto& p)
                 MILLRACE_RULE { p = p - lr * (trust * (g + pull * p)); };
    });
    return;
  }
  const double keep = bucket.fresh ? 0 : o.momentum, share = bucket.fresh ? 1 : 1 - o.dampening;
  const double of_grad = o.nesterov ? 1 : 0, of_buffer = o.nesterov ? o.momentum : 1;
  step_elements<1>(bucket, {0}, [&](size_t i) {
    return [=, lr = o.lr, pull = o.weight_decay, trust = trust_of(i)](auto g, auto& p, auto& buffer) MILLRACE_RULE {
      g = trust * (g + pull * p);
      buffer = keep * buffer + share * g;
      p = p - lr * (of_grad * g + of_buffer * buffer);
    };
  });
}

MILLRACE_REGISTER(Optimizer, Lars);

}  // namespace millrace
