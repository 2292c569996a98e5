#include "millrace/data/followed_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "millrace/base/text.h"

namespace millrace {

namespace {

struct NamedKind {
  const char *key, *one, *many;
};
constexpr NamedKind kNamedKinds[] = {{"classes", "class", "classes"}, {"feature_names", "feature", "features"}};

/// "n02102040".
bool is_wordnet_id(const std::string& name) {
  return name.size() == 9 && name[0] == 'n' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

/// Whether both have names, and of one kind. Folders of ImageNet are named by ids, and checkpoints by the words for them:
/// both are in the order of the ids.
bool are_comparable(const std::vector<std::string>& own, const std::vector<std::string>& known) {
  if (own.empty() || known.empty()) return false;
  const bool is_other_kind =
      std::all_of(own.begin(), own.end(), is_wordnet_id) != std::all_of(known.begin(), known.end(), is_wordnet_id);
  return !is_other_kind || own.size() != known.size();
}

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

/// Features that are standardized, and the same ones as they are, are other numbers under the same names.
void check_scale(const NamedMeta& own, const NamedMeta& reference) {
  const auto has_scale = [](const NamedMeta& named) { return named.meta.find("feature_mean") != nullptr; };
  if (names_in(own.meta, "feature_names").empty() || names_in(reference.meta, "feature_names").empty()) return;
  if (has_scale(own) == has_scale(reference)) return;
  const bool lacks = has_scale(reference);
  throw Error(fmt::format("the features of {} are {}standardized, and those of {} are{}", own.name,
                          lacks ? "not " : "", reference.name, lacks ? "" : " not"))
      .note(fmt::format("set standardize={} in the dataset of {}", lacks ? "True" : "False", own.name));
}

}  // namespace

std::string names_text(const State& meta) {
  const std::vector<std::string> classes = names_in(meta, "classes");
  return some_of(classes.empty() ? names_in(meta, "feature_names") : classes);
}

std::string named_twice(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? "" : *twice;
}

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

void check_names(const NamedMeta& own, const NamedMeta& reference) {
  Mistakes mistakes;
  for (const auto& [key, one, many] : kNamedKinds) {
    const std::vector<std::string> names = names_in(own.meta, key), known = names_in(reference.meta, key);
    if (!are_comparable(names, known)) continue;
    std::vector<std::string> unknown;
    std::copy_if(names.begin(), names.end(), std::back_inserter(unknown),
                 [&](const std::string& name) { return std::find(known.begin(), known.end(), name) == known.end(); });
    if (!unknown.empty()) mistakes.add(unknown_names(unknown, names, known, one, many, reference, own.name));
  }
  mistakes.throw_if_any();
}

bool have_same_names(const State& one, const State& other) {
  return std::all_of(std::begin(kNamedKinds), std::end(kNamedKinds), [&](const NamedKind& named) {
    std::vector<std::string> names = names_in(one, named.key), others = names_in(other, named.key);
    std::sort(names.begin(), names.end());
    std::sort(others.begin(), others.end());
    return !are_comparable(names, others) || names == others;
  });
}

void follow_names(Dataset& dataset, const NamedMeta& reference, const std::string& own_name) {
  if (dataset.meta().is_none() || reference.meta.is_none()) return;
  check_names({dataset.meta(), own_name}, reference);
  check_scale({dataset.meta(), own_name}, reference);
  const char* differing = differ_in(dataset.meta(), reference.meta, "feature_mean") ||
                                  differ_in(dataset.meta(), reference.meta, "feature_std")
                              ? "feature_mean"
                              : nullptr;
  for (const NamedKind& named : kNamedKinds) {
    const std::vector<std::string> own = names_in(dataset.meta(), named.key),
                                   known = names_in(reference.meta, named.key);
    if (!are_comparable(own, known) || own == known) continue;
    differing = named.key;
    for (const auto& [names, whose] : {std::pair(&own, &own_name), std::pair(&known, &reference.name)})
      if (const std::string twice = named_twice(*names); !twice.empty())
        throw Error(fmt::format("{} has the {} '{}' twice, so its {} can't be placed by their names", *whose, named.one,
                                twice, named.many));
  }
  if (!differing || dataset.follow(reference.meta)) return;
  throw Error(fmt::format("{} does not have the {} of {} in the same order, and {} can't be put into it", own_name,
                          differing, reference.name, dataset.name()))
      .note(fmt::format("{}: {}", reference.name, some_of(names_in(reference.meta, differing))))
      .note(fmt::format("{}: {}", own_name, some_of(names_in(dataset.meta(), differing))));
}

}  // namespace millrace
