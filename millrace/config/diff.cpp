#include "millrace/config/diff.h"

#include <algorithm>
#include <cmath>

#include "millrace/base/text.h"
#include "millrace/config/dump.h"
#include "millrace/config/key_path.h"

namespace millrace {
namespace {

bool same_scalar(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_number() && std::isnan(a.as_number())) return std::isnan(b.as_number());
  return a == b;
}

bool are_same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_dict()) {
    if (a.as_dict().size() != b.as_dict().size()) return false;
    return std::all_of(a.as_dict().begin(), a.as_dict().end(), [&b](const Dict::Entry& entry) {
      const Value* other = b.as_dict().find(entry.key);
      return other && are_same(entry.value, *other);
    });
  }
  if (!a.is_sequence() || a.kind() == Value::Kind::set) return same_scalar(a, b);
  return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), are_same);
}

/// Two dicts that may be versions of one another: of one `type`, or both without.
bool are_alike(const Value& a, const Value& b) {
  if (!a.is_dict() || !b.is_dict()) return false;
  const Value *one = a.find("type"), *other = b.find("type");
  return one && other ? *one == *other : one == other;
}

/// Which item of one list is which of another, in ascending order: the pairing in which most dicts meet their like, and
/// of those the one with most equal pairs.
using Pairing = std::vector<std::pair<size_t, size_t>>;

Pairing lined_up(const Value::Items& a, const Value::Items& b) {
  const size_t width = b.size() + 1;
  std::vector<int> best((a.size() + 1) * width, 0), worth(a.size() * b.size(), 0);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t k = b.size(); k-- > 0;) {
      int& pair = worth[i * b.size() + k];
      // Ten alike are worth more than one that is equal, so that a few equal ones tear nothing apart.
      if (are_same(a[i], b[k])) pair = 11;
      else if (are_alike(a[i], b[k])) pair = 10;
      const int apart = std::max(best[(i + 1) * width + k], best[i * width + k + 1]);
      best[i * width + k] = std::max(apart, pair > 0 ? pair + best[(i + 1) * width + k + 1] : 0);
    }
  }
  Pairing out;
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const int pair = worth[i * b.size() + k];
    if (pair > 0 && best[i * width + k] == pair + best[(i + 1) * width + k + 1]) out.emplace_back(i++, k++);
    else if (best[i * width + k] == best[(i + 1) * width + k]) ++i;
    else ++k;
  }
  return out;
}

class TreeDiff {
 public:
  std::vector<Difference> out;

  void compare(const Value& a, const Value& b, const std::string& path, const Place& a_place, const Place& b_place) {
    if (a.is_dict() && b.is_dict()) return compare_dicts(a.as_dict(), b.as_dict(), path);
    if (a.kind() == b.kind() && a.is_sequence() && a.kind() != Value::Kind::set) {
      if (is_for_lining_up(a.items(), b.items())) return compare_lined_up(a.items(), b.items(), path);
      if (a.items().size() == b.items().size() && !are_short(a.items(), b.items())) {
        for (size_t i = 0; i < a.items().size(); ++i)
          compare_items(a.items()[i], b.items()[i], below(path, std::to_string(i)));
        return;
      }
    }
    if (!are_same(a, b)) out.push_back({path, a, b, a_place, b_place});
  }

 private:
  static Place place_of_key(const Dict& dict, const Value& key, const Value& value) {
    return key.is_string() ? dict.entry(key.as_string())->key.place() : value.place();
  }

  static constexpr size_t kShort = 8;
  static constexpr size_t kMostPairs = 10000;  // lining up is quadratic

  void compare_dicts(const Dict& a, const Dict& b, const std::string& path) {
    for (const auto& [key, value] : a) {
      const Value* other = b.find(key);
      const std::string here = below(path, path_name(key));
      if (other) compare(value, *other, here, key.place(), place_of_key(b, key, *other));
      else out.push_back({here, value, std::nullopt, key.place(), Place()});
    }
    for (const auto& [key, value] : b)
      if (!a.find(key)) out.push_back({below(path, path_name(key)), std::nullopt, value, Place(), key.place()});
  }

  void compare_items(const Value& a, const Value& b, const std::string& path) {
    compare(a, b, path, a.place(), b.place());
  }

  /// Whether two lists of scalars are read at one glance: (224, 224).
  static bool are_short(const Value::Items& a, const Value::Items& b) {
    const auto is_scalar = [](const Value& item) { return !item.is_dict() && !item.is_sequence(); };
    return a.size() <= kShort && std::all_of(a.begin(), a.end(), is_scalar) &&
           std::all_of(b.begin(), b.end(), is_scalar);
  }

  static bool is_for_lining_up(const Value::Items& a, const Value::Items& b) {
    const auto is_dict = [](const Value& item) { return item.is_dict(); };
    if (a.empty() || b.empty() || a.size() > kMostPairs / b.size()) return false;
    if (!std::all_of(a.begin(), a.end(), is_dict) || !std::all_of(b.begin(), b.end(), is_dict)) return false;
    if (a.size() != b.size()) return true;
    for (size_t i = 0; i < a.size(); ++i)
      if (!are_alike(a[i], b[i])) return true;
    return false;
  }

  void compare_lined_up(const Value::Items& a, const Value::Items& b, const std::string& path) {
    Pairing pairs = lined_up(a, b);
    pairs.emplace_back(a.size(), b.size());
    size_t i = 0, k = 0;
    for (const auto& [next_i, next_k] : pairs) {
      for (; i < next_i; ++i)
        out.push_back({below(path, std::to_string(i)), a[i], std::nullopt, a[i].place(), Place()});
      for (; k < next_k; ++k)
        out.push_back({below(path, std::to_string(k)), std::nullopt, b[k], Place(), b[k].place()});
      if (i < a.size() && k < b.size()) compare_items(a[i], b[k], below(path, std::to_string(i)));
      ++i, ++k;
    }
  }
};

void append_side(std::string& out, char sign, const std::string& path, const Value& value, const Place& place) {
  std::string text = path + " = " + to_python_value(value, path.size() + 3);
  if (place.known()) text += "  # " + place.str();
  for (const std::string& line : split(text, '\n')) out += std::string(1, sign) + " " + line + "\n";
}

}  // namespace

std::vector<Difference> diff(const Value& before, const Value& after) {
  TreeDiff trees;
  trees.compare(before, after, "", before.place(), after.place());
  return std::move(trees.out);
}

std::string diff_text(const std::vector<Difference>& differences) {
  std::string out;
  for (const Difference& difference : differences) {
    if (difference.before) append_side(out, '-', difference.path, *difference.before, difference.before_place);
    if (difference.after) append_side(out, '+', difference.path, *difference.after, difference.after_place);
  }
  return out;
}

bool same_tree(const Value& a, const Value& b) { return are_same(a, b); }

}  // namespace millrace
