#include "millrace/data/followed_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "millrace/base/text.h"

namespace millrace {

namespace {

/// "a, b, c", cut where there are many.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  const size_t shown = std::min(names.size(), kShown);
  const std::string text = join(std::span(names).first(shown));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

Error unknown_names(const std::vector<std::string>& unknown, const std::vector<std::string>& own,
                    const std::vector<std::string>& known, const char* one, const char* many,
                    const NamedMeta& reference, const std::string& own_name) {
  const bool is_one = unknown.size() == 1;
  return Error(fmt::format("{} has the {} {}, which {} does not have{}", own_name, is_one ? one : many,
                           some_of(unknown), reference.name, is_one ? did_you_mean(unknown[0], known) : ""))
      .note(fmt::format("{}: {}", reference.name, some_of(known)))
      .note(fmt::format("{}: {}", own_name, some_of(own)));
}

/// Whether both have a key, and different values.
bool differ_in(const State& meta, const State& reference, const char* key) {
  const State *own = meta.find(key), *other = reference.find(key);
  return own && other && !own->equals(*other);
}

}  // namespace

std::vector<std::string> names_in(const State& meta, const char* key) {
  const State* list = meta.is_none() ? nullptr : meta.find(key);
  std::vector<std::string> names;
  if (!list || !list->is_sequence()) return names;
  for (const State& name : list->items()) {
    if (!name.is_string()) return {};
    names.push_back(name.string());
  }
  return names;
}

std::vector<int64_t> places_in(const std::vector<std::string>& reference, const std::vector<std::string>& names) {
  std::map<std::string_view, int64_t> place_of;
  for (size_t i = 0; i < reference.size(); ++i) place_of.emplace(reference[i], static_cast<int64_t>(i));
  std::vector<int64_t> places;
  for (const std::string& name : names) {
    const auto found = place_of.find(name);
    MILLRACE_ASSERT(found != place_of.end(), "a name that the reference lacks: " + name);
    places.push_back(found->second);
  }
  return places;
}

void follow_names(Dataset& dataset, const NamedMeta& reference, const std::string& own_name) {
  if (dataset.meta().is_none() || reference.meta.is_none()) return;
  struct Named {
    const char *key, *one, *many;
  };
  constexpr Named kNamed[] = {{"classes", "class", "classes"}, {"feature_names", "feature", "features"}};
  Mistakes mistakes;
  const char* differing = differ_in(dataset.meta(), reference.meta, "feature_mean") ||
                                  differ_in(dataset.meta(), reference.meta, "feature_std")
                              ? "feature_mean"
                              : nullptr;
  for (const auto& [key, one, many] : kNamed) {
    const std::vector<std::string> own = names_in(dataset.meta(), key), known = names_in(reference.meta, key);
    if (own.empty() || known.empty()) continue;
    if (own != known) differing = key;
    std::vector<std::string> unknown;
    std::copy_if(own.begin(), own.end(), std::back_inserter(unknown),
                 [&](const std::string& name) { return std::find(known.begin(), known.end(), name) == known.end(); });
    if (!unknown.empty()) mistakes.add(unknown_names(unknown, own, known, one, many, reference, own_name));
  }
  mistakes.throw_if_any();
  if (!differing || dataset.follow(reference.meta)) return;
  throw Error(fmt::format("{} does not have the {} of {} in the same order, and {} can't be put into it", own_name,
                          differing, reference.name, dataset.name()))
      .note(fmt::format("{}: {}", reference.name, some_of(names_in(reference.meta, differing))))
      .note(fmt::format("{}: {}", own_name, some_of(names_in(dataset.meta(), differing))));
}

}  // namespace millrace
