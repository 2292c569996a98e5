#include "millrace/data/loader_part.h"

namespace millrace {

DataLoader::Options* LoaderPart::operator->() {
  if (!options_)
    throw Error(instance_ ? "the loader is there already: its options can't be read or changed"
                          : "there are no options of a loader: give them first")
        .help("options.train_dataloader = DataLoader::Options{.dataset = …}");
  return &*options_;
}

std::shared_ptr<DataLoader> LoaderPart::build(const LoaderContext& context) const {
  if (instance_) return instance_;
  if (!options_) throw Error("there is no loader to build: neither options nor an instance were given");
  return std::make_shared<DataLoader>(*options_, context);
}

}  // namespace millrace
