#include "millrace/cli/config_text.h"

#include <fmt/format.h>

#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/origins.h"
#include "millrace/config/overrides.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

/// The canonical form without its line feed: a part of an object.
std::string json_part(const Value& value) {
  std::string text = to_canonical_json(value);
  text.pop_back();
  return text;
}

/// "file", "line" and "column", or "override" with the argument: what is known of a place, after a comma.
std::string place_json(const Place& place) {
  if (!place.known()) return "";
  if (is_override_place(place)) return ",\"override\":" + json_part(override_of(place));
  return fmt::format(",\"file\":{},\"line\":{},\"column\":{}", json_part(place.file()), place.line(), place.column());
}

std::string side_json(const std::optional<Value>& value, const Place& place) {
  return value ? "{\"value\":" + json_part(*value) + place_json(place) + "}" : "null";
}

std::string counted(size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

struct Kinds {
  size_t tuples = 0, sets = 0, symbols = 0, keys = 0;

  void count(const Value& value) {
    tuples += value.kind() == Value::Kind::tuple;
    sets += value.kind() == Value::Kind::set;
    symbols += value.is_symbol();
    if (value.is_dict()) {
      for (const auto& [key, item] : value.as_dict()) {
        keys += !key.is_string();
        count(item);
      }
    } else if (value.is_sequence()) {
      for (const Value& item : value.items()) count(item);
    }
  }
};

}  // namespace

std::string origins_text(const Config& config) {
  Table table({{""}, {""}});
  for (const Origin& origin : origins(config.tree)) {
    const std::string where = is_override_place(origin.place) ? "command line"
                              : origin.place.line() > 0 ? fmt::format("{}:{}", origin.place.file(), origin.place.line())
                                                        : origin.place.str();
    table.add({where, origin.path + " = " + to_python_expression(*origin.value)});
  }
  return table.str();
}

std::string origins_json(const Config& config) {
  std::string out;
  for (const Origin& origin : origins(config.tree))
    out += "{\"config\":" + json_part(config.filename) + ",\"key\":" + json_part(origin.path) +
           ",\"value\":" + json_part(*origin.value) + place_json(origin.place) + "}\n";
  return out;
}

std::string diff_json(const std::vector<Difference>& differences) {
  std::string out;
  for (const Difference& difference : differences)
    out += "{\"key\":" + json_part(difference.path) +
           ",\"before\":" + side_json(difference.before, difference.before_place) +
           ",\"after\":" + side_json(difference.after, difference.after_place) + "}\n";
  return out;
}

std::vector<std::string> losses_in(const Value& tree, Config::Format format) {
  Kinds kinds;
  kinds.count(tree);
  std::vector<std::string> out;
  const bool is_json = format == Config::Format::json;
  if (is_json && kinds.tuples > 0) out.push_back(counted(kinds.tuples, "tuple becomes a list", "tuples become lists"));
  if (is_json && kinds.sets > 0) out.push_back(counted(kinds.sets, "set becomes a list", "sets become lists"));
  if (is_json && kinds.keys > 0)
    out.push_back(counted(kinds.keys, "key that is not text becomes text", "keys that are not text become text"));
  if (kinds.symbols > 0)
    out.push_back(counted(kinds.symbols, "imported name becomes a text", "imported names become texts"));
  return out;
}

}  // namespace millrace
