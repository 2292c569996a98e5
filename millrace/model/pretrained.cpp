#include "millrace/model/pretrained.h"

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/model/weights.h"

namespace millrace {
namespace {

/// The entries below a prefix, without it.
State weights_below(const State& weights, std::string prefix, const std::string& file) {
  if (!prefix.ends_with('.')) prefix += '.';
  State below = State::dict();
  for (const State::Item& item : weights.entries())
    if (item.key.is_string() && item.key.string().starts_with(prefix))
      below[item.key.string().substr(prefix.size())] = item.value;
  if (below.entries().empty()) throw Error(Place(file), "no weight has a name that starts with '" + prefix + "'");
  return below;
}

}  // namespace

Pretrained::Pretrained(Options options) : options_(checked<Pretrained>(std::move(options))) {}

void Pretrained::apply(const ModuleView& root) const {
  const std::string& path = *options_.checkpoint;
  if (path.empty())
    throw Error("init_cfg of type Pretrained has no checkpoint").help("init_cfg.checkpoint=FILE, or init_cfg=None");
  const State file = load_checkpoint_file(path);
  const State& weights = weights_of(file, path);
  load_weights(root, options_.prefix ? weights_below(weights, *options_.prefix, path) : weights,
               {.strict = false, .source = path});
}

namespace nn {
MILLRACE_REGISTER(Initializer, Pretrained);
MILLRACE_REGISTER_AS(Initializer, Pretrained, PretrainedInit);
}  // namespace nn

}  // namespace millrace
