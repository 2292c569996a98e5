#include "millrace/data/loader_options.h"

namespace millrace {

void TypeOf<NoBatchSampler>::bind(NoBatchSampler&, const Value& value, Binder& binder) {
  if (value.is_null()) return;
  if (value.find("type")) {  // one of another library: this build has none
    bind_component("BatchSampler", value, binder);
    return;
  }
  binder
      .mistake(value,
               "batch_sampler must be None: a batch is as many consecutive rows of the sampler as batch_size says")
      .help("leave batch_sampler out");
}

MILLRACE_REGISTER(CollateFn, pseudo_collate);
MILLRACE_REGISTER(CollateFn, default_collate);

}  // namespace millrace
