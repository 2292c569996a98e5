#include "millrace/registry/next_items.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace millrace {
namespace {

/// The items that are chosen so far, and how far each config is from lacking nothing.
class Selection {
 public:
  Selection(std::span<const Lack> lacks, size_t items)
      : lacks_(lacks), of_item_(items), chosen_(items, false), missing_(lacks.size()) {
    for (size_t i = 0; i < lacks.size(); ++i) {
      missing_[i] = lacks[i].items.size();
      if (missing_[i] == 0) whole_ += lacks[i].configs;
      for (size_t item : lacks[i].items) of_item_[item].push_back(i);
    }
  }

  int64_t whole() const { return whole_; }
  size_t size() const { return size_; }
  size_t items() const { return chosen_.size(); }
  bool has(size_t item) const { return chosen_[item]; }

  std::vector<size_t> chosen() const {
    std::vector<size_t> out;
    for (size_t item = 0; item < items(); ++item)
      if (chosen_[item]) out.push_back(item);
    return out;
  }

  void add(size_t item) {
    chosen_[item] = true;
    ++size_;
    for (size_t i : of_item_[item])
      if (--missing_[i] == 0) whole_ += lacks_[i].configs;
  }

  void remove(size_t item) {
    chosen_[item] = false;
    --size_;
    for (size_t i : of_item_[item])
      if (missing_[i]++ == 0) whole_ -= lacks_[i].configs;
  }

  /// How many configs are no longer whole without a chosen item.
  int64_t loss(size_t item) const { return weight(item, 0); }
  /// How many become whole with an item.
  int64_t gain(size_t item) const { return weight(item, 1); }
  /// How many want an item and are not whole, the nearer ones counting more.
  double wish(size_t item) const {
    double sum = 0;
    for (size_t i : of_item_[item])
      if (missing_[i] > 0) sum += static_cast<double>(lacks_[i].configs) / static_cast<double>(missing_[i]);
    return sum;
  }

  /// One by one: the item that makes most configs whole; where none does, the one that most want.
  void fill_by_items(size_t count) {
    while (size_ < count) {
      size_t best = items();
      std::pair<int64_t, double> best_worth;
      for (size_t item = 0; item < items(); ++item) {
        if (chosen_[item]) continue;
        const std::pair worth(gain(item), wish(item));
        if (best == items() || worth > best_worth) best = item, best_worth = worth;
      }
      add(best);
    }
  }

  /// All that one config lacks at once: that with most configs made whole for each item. Items are left to choose where
  /// no config's lack is small enough.
  void fill_by_configs(size_t count) {
    while (size_ < count) {
      const std::vector<size_t> best = best_lack(count - size_);
      if (best.empty()) return;
      for (size_t item : best) add(item);
    }
  }

  std::vector<size_t> best_lack(size_t room) {
    double best_ratio = 0;
    size_t best = lacks_.size();
    for (size_t i = 0; i < lacks_.size(); ++i) {
      if (missing_[i] == 0 || missing_[i] > room) continue;
      const std::vector<size_t> items = missing_of(i);
      const int64_t before = whole_;
      for (size_t item : items) add(item);
      const double ratio = static_cast<double>(whole_ - before) / static_cast<double>(items.size());
      for (size_t item : items) remove(item);
      if (ratio > best_ratio) best_ratio = ratio, best = i;
    }
    return best == lacks_.size() ? std::vector<size_t>() : missing_of(best);
  }

 private:
  int64_t weight(size_t item, size_t missing) const {
    int64_t sum = 0;
    for (size_t i : of_item_[item])
      if (missing_[i] == missing) sum += lacks_[i].configs;
    return sum;
  }

  std::vector<size_t> missing_of(size_t config) const {
    std::vector<size_t> out;
    for (size_t item : lacks_[config].items)
      if (!chosen_[item]) out.push_back(item);
    return out;
  }

  std::span<const Lack> lacks_;
  std::vector<std::vector<size_t>> of_item_;  // the lacks with an item
  std::vector<bool> chosen_;
  std::vector<size_t> missing_;  // by lack: how many of its items are not chosen
  int64_t whole_ = 0;
  size_t size_ = 0;
};

/// All items, and then the one away whose loss is the smallest, until `count` are left.
void take_away_from_all(Selection& selection, size_t count) {
  for (size_t item = 0; item < selection.items(); ++item) selection.add(item);
  while (selection.size() > count) {
    size_t least = selection.items();
    for (size_t item = 0; item < selection.items(); ++item)
      if (selection.has(item) && (least == selection.items() || selection.loss(item) < selection.loss(least)))
        least = item;
    selection.remove(least);
  }
}

/// Takes a few items away, such as cost little or any, and fills up again; keeps what is no worse.
void exchange(Selection& selection, std::mt19937& random) {
  constexpr int kPatience = 2000;  // exchanges in a row without gain
  const size_t count = selection.size();
  const auto below = [&](size_t end) { return static_cast<size_t>(random() % end); };
  for (int vain = 0; vain < kPatience; ++vain) {
    const std::vector<size_t> before = selection.chosen();
    const int64_t whole = selection.whole();
    for (size_t left = 1 + below(std::min<size_t>(count, 8)); left > 0; --left) {
      const std::vector<size_t> chosen = selection.chosen();
      size_t away = chosen[below(chosen.size())];
      for (int tries = 0; tries < 3; ++tries) {
        const size_t other = chosen[below(chosen.size())];
        if (selection.loss(other) < selection.loss(away)) away = other;
      }
      selection.remove(away);
    }
    selection.fill_by_configs(count);
    selection.fill_by_items(count);
    if (selection.whole() > whole) vain = -1;
    if (selection.whole() >= whole) continue;
    for (size_t item : selection.chosen()) selection.remove(item);
    for (size_t item : before) selection.add(item);
  }
}

/// Whether there are at most so many sets of `count` of `items` items.
bool few_sets(size_t items, size_t count) {
  constexpr double kFew = 20'000;
  double sets = 1;
  for (size_t i = 0; i < count; ++i) sets *= static_cast<double>(items - i) / static_cast<double>(i + 1);
  return sets <= kFew;
}

void try_all_sets(Selection& selection, size_t first, size_t left, std::vector<size_t>& best, int64_t& best_whole) {
  if (left == 0) {
    if (selection.whole() > best_whole) best_whole = selection.whole(), best = selection.chosen();
    return;
  }
  for (size_t item = first; item + left <= selection.items(); ++item) {
    selection.add(item);
    try_all_sets(selection, item + 1, left - 1, best, best_whole);
    selection.remove(item);
  }
}

std::vector<size_t> best_set(std::span<const Lack> lacks, size_t items, size_t count) {
  std::vector<size_t> best;
  int64_t best_whole = -1;
  if (few_sets(items, count)) {
    Selection selection(lacks, items);
    try_all_sets(selection, 0, count, best, best_whole);
    return best;
  }
  std::mt19937 random(1);
  for (int start = 0; start < 3; ++start) {
    Selection selection(lacks, items);
    if (start == 0) take_away_from_all(selection, count);
    if (start == 1) selection.fill_by_configs(count);
    selection.fill_by_items(count);
    exchange(selection, random);
    if (selection.whole() > best_whole) best_whole = selection.whole(), best = selection.chosen();
  }
  return best;
}

/// What is left of each lack with `chosen` items alone; those that they do not fill are left out. Numbers are positions
/// in `chosen`.
std::vector<Lack> within(std::span<const Lack> lacks, const std::vector<size_t>& chosen) {
  std::vector<Lack> out;
  for (const Lack& lack : lacks) {
    Lack part{{}, lack.configs};
    for (size_t item : lack.items) {
      const auto at = std::lower_bound(chosen.begin(), chosen.end(), item);
      if (at == chosen.end() || *at != item) break;
      part.items.push_back(static_cast<size_t>(at - chosen.begin()));
    }
    if (part.items.size() == lack.items.size()) out.push_back(std::move(part));
  }
  return out;
}

std::vector<size_t> in_order(std::span<const Lack> lacks, const std::vector<size_t>& chosen) {
  const std::vector<Lack> parts = within(lacks, chosen);
  Selection selection(parts, chosen.size());
  std::vector<size_t> order;
  const auto take = [&](size_t item) {
    selection.add(item);
    order.push_back(chosen[item]);
  };
  while (true) {
    const std::vector<size_t> next = selection.best_lack(chosen.size() - selection.size());
    if (next.empty()) break;
    for (size_t item : next) take(item);
  }
  for (size_t item = 0; item < chosen.size(); ++item)
    if (!selection.has(item)) take(item);
  return order;
}

}  // namespace

std::vector<size_t> next_items(std::span<const Lack> lacks, size_t items, size_t count) {
  std::vector<size_t> all(items);
  std::iota(all.begin(), all.end(), size_t{0});
  return in_order(lacks, items <= count ? all : best_set(lacks, items, count));
}

int64_t configs_with(std::span<const Lack> lacks, std::span<const size_t> chosen) {
  std::vector<size_t> sorted(chosen.begin(), chosen.end());
  std::sort(sorted.begin(), sorted.end());
  int64_t configs = 0;
  for (const Lack& lack : lacks)
    if (std::includes(sorted.begin(), sorted.end(), lack.items.begin(), lack.items.end())) configs += lack.configs;
  return configs;
}

}  // namespace millrace
