#include "millrace/data/transform.h"

#include <fmt/format.h>

#include "millrace/base/class_name.h"

namespace millrace {

Pipeline::Pipeline(const std::vector<Component<Transform>>& transforms) {
  for (const auto& transform : transforms) transforms_.push_back(transform.build());
}

void Pipeline::apply(Sample& sample, const Rng& rng) const {
  for (size_t i = 0; i < transforms_.size(); ++i) {
    const Transform& transform = *transforms_[i];
    try {
      Rng own = rng.at(static_cast<uint32_t>(i));
      transform.apply(sample, own);
    } catch (Error& error) {
      error.note(fmt::format("in {}, at index {} of the pipeline", class_name_of(typeid(transform)), i));
      throw;
    }
  }
}

}  // namespace millrace
