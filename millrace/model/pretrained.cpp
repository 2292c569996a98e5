#include "millrace/model/pretrained.h"

#include "millrace/model/weights.h"

namespace millrace {

Pretrained::Pretrained(Options options) : options_(checked<Pretrained>(std::move(options))) {}

void Pretrained::apply(const ModuleView& root) const {
  const std::string& path = *options_.checkpoint;
  if (path.empty())
    throw Error("init_cfg of type Pretrained has no checkpoint")
        .help("checkpoint='FILE' in the init_cfg, or init_cfg=None");
  try {
    load_weights(root, path,
                 {.fit = Fit::any, .prefix = options_.prefix.value_or(""), .revise_keys = options_.revise_keys});
  } catch (WeightsMisfit& misfit) {
    misfit.word({.revise = [](auto keys) { return "revise_keys=" + as_python_list(keys) + " in the init_cfg"; }});
    throw Error(misfit);  // nobody above this config can word it better
  }
}

std::string Pretrained::text() const { return "PretrainedInit: load from " + *options_.checkpoint; }

void Pretrained::check(const Options& options, Complaints& complaints) {
  if (const std::string flaw = flaw_of(options.revise_keys); !flaw.empty())
    complaints.add("revise_keys", complaints.owner() + ".revise_keys: " + flaw);
}

namespace nn {
MILLRACE_REGISTER(Initializer, Pretrained);
MILLRACE_REGISTER_AS(Initializer, Pretrained, PretrainedInit);
}  // namespace nn

}  // namespace millrace
