#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// The meta of a dataset or a checkpoint, and what messages call where it is from: "train_dataloader".
struct NamedMeta {
  const State& meta;
  std::string name;
};

/// Classes and features are known by their names, and used by their places: `dataset` is made to place them as `reference`
/// does. It may have fewer of them, and in another order; columns that are standardized take the reference's mean and
/// deviation. Where one of the two has no names there is nothing to compare.
///
///     follow_names(dataset, {loader.dataset_meta(), "train_dataloader"}, "val_dataloader");
///
/// Throws Error, with all of them, for names that the reference does not have, and for a dataset that can't be renumbered.
/// (WordNet's ids, which the folders of ImageNet have, and as many names in words are taken to be the same classes.)
void follow_names(Dataset& dataset, const NamedMeta& reference, const std::string& own_name);

/// Throws Error, with all of them, for classes and features of `own` that the reference does not have.
void check_names(const NamedMeta& own, const NamedMeta& reference);
/// Whether both have the same classes and the same features, in whatever order; so do those that have none.
bool have_same_names(const State& one, const State& other);

/// The classes, else the features: "ant, bee, cow", cut where there are many.
std::string names_text(const State& meta);
/// The first of the names that comes again; "" if none does.
std::string named_twice(std::vector<std::string> names);
/// The names in a list of strings under a key of a meta; none if there is no such list.
std::vector<std::string> names_in(const State& meta, const char* key);
/// For each of `names` its place in `reference`, which has all of them.
std::vector<int64_t> places_in(const std::vector<std::string>& reference, const std::vector<std::string>& names);

}  // namespace millrace
