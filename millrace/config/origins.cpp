#include "millrace/config/origins.h"

#include <algorithm>

#include "millrace/config/key_path.h"

namespace millrace {
namespace {

/// Whether there are keys somewhere in a value.
bool has_keys(const Value& value) {
  if (value.is_dict()) return !value.as_dict().empty();
  return value.is_sequence() && std::any_of(value.items().begin(), value.items().end(), has_keys);
}

void add_origins(const Value& value, const std::string& path, const Place& place, std::vector<Origin>& out) {
  if (!has_keys(value)) {
    out.push_back({path, &value, place});
  } else if (value.is_dict()) {
    for (const auto& [key, item] : value.as_dict()) add_origins(item, below(path, path_name(key)), key.place(), out);
  } else {
    for (size_t i = 0; i < value.items().size(); ++i)
      add_origins(value.items()[i], below(path, std::to_string(i)), value.items()[i].place(), out);
  }
}

}  // namespace

std::vector<Origin> origins(const Value& tree) {
  std::vector<Origin> out;
  if (has_keys(tree)) add_origins(tree, "", tree.place(), out);
  return out;
}

}  // namespace millrace
