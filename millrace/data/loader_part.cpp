#include "millrace/data/loader_part.h"

namespace millrace {

DataLoader::Options* LoaderPart::operator->() {
  MILLRACE_ASSERT(options_, "options of a loader that is there already, or of none");
  return &*options_;
}

std::shared_ptr<DataLoader> LoaderPart::build(const LoaderContext& context) const {
  if (instance_) return instance_;
  MILLRACE_ASSERT(options_, "no loader to build");
  return std::make_shared<DataLoader>(*options_, context);
}

}  // namespace millrace
