#include "millrace/model/pretrained.h"

#include "millrace/model/weights.h"

namespace millrace {

Pretrained::Pretrained(Options options) : options_(checked<Pretrained>(std::move(options))) {}

void Pretrained::apply(const ModuleView& root) const {
  const std::string& path = *options_.checkpoint;
  if (path.empty())
    throw Error("init_cfg of type Pretrained has no checkpoint").help("init_cfg.checkpoint=FILE, or init_cfg=None");
  load_weights(root, path, {.fit = Fit::any, .prefix = options_.prefix.value_or("")});
}

namespace nn {
MILLRACE_REGISTER(Initializer, Pretrained);
MILLRACE_REGISTER_AS(Initializer, Pretrained, PretrainedInit);
}  // namespace nn

}  // namespace millrace
