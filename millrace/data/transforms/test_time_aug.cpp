#include "millrace/data/transforms/test_time_aug.h"

#include <fmt/format.h>

namespace millrace {

namespace {

using Steps = std::vector<Component<Transform>>;

/// All ways to take one of each list; the last list varies fastest.
std::vector<Steps> product_of(const std::vector<Steps>& lists) {
  std::vector<Steps> all(1);
  for (const Steps& list : lists) {
    std::vector<Steps> longer;
    for (const Steps& begun : all)
      for (const Component<Transform>& next : list) longer.emplace_back(begun).push_back(next);
    all = std::move(longer);
  }
  return all;
}

}  // namespace

void TestTimeAug::check(const Options& options, Complaints& complaints) {
  for (const Steps& list : *options.transforms)
    for (const Component<Transform>& transform : list)
      if (transform.facts().gives_views)
        complaints
            .add("transforms", "TestTimeAug can't be within TestTimeAug, nor any other transform that gives views")
            .locate(transform.config().place())
            .note("one TestTimeAug with more lists gives all combinations");
}

TestTimeAug::TestTimeAug(Options options) {
  const Options all = checked<TestTimeAug>(std::move(options));
  std::vector<Steps> built;  // views share the transforms
  for (const Steps& list : *all.transforms) {
    Steps& own = built.emplace_back();
    for (const Component<Transform>& transform : list) own.emplace_back(transform.build());
  }
  for (const Steps& steps : product_of(built)) pipelines_.emplace_back(steps);
}

std::vector<Sample> TestTimeAug::views(Sample sample, Rng& rng) const {
  std::vector<Sample> views(pipelines_.size(), sample);
  for (size_t i = 0; i < views.size(); ++i) {
    try {
      pipelines_[i].apply(views[i], rng.at(static_cast<uint32_t>(i)));
    } catch (Error& error) {
      error.note(fmt::format("of view {} of {}", i + 1, views.size()));
      throw;
    }
  }
  return views;
}

MILLRACE_REGISTER(Transform, TestTimeAug);

}  // namespace millrace
