#include "millrace/eval/figures.h"

#include <cmath>

#include "millrace/base/text.h"
#include "millrace/log/table.h"
#include "millrace/tensor/json.h"

namespace millrace {
namespace {

std::string figure_text(const State& value) {
  if (value.is_none()) return "undefined";
  if (value.kind() == State::Kind::number) return decimals(value.number(), 4);
  if (value.is_string()) return value.string();
  if (!value.is_sequence()) return to_json(value);
  std::vector<std::string> parts;
  for (const State& item : value.items()) parts.push_back(figure_text(item));
  return "[" + join(parts) + "]";
}

void add_figures(Table& table, const State& figures, const std::string& prefix) {
  for (const auto& [key, value] : figures.entries()) {
    const std::string name = prefix + key.string();
    if (value.is_dict()) add_figures(table, value, name + ".");
    else table.add({name, figure_text(value)});
  }
}

}  // namespace

State figure(double value) { return std::isnan(value) ? State() : State(value); }

State figure_list(std::span<const double> values) {
  State::List items;
  for (const double value : values) items.push_back(figure(value));
  return State::list(std::move(items));
}

State figure_dict(std::initializer_list<std::pair<std::string, State>> entries) {
  State dict = State::dict();
  for (const auto& [key, value] : entries) dict[key] = value;
  return dict;
}

std::string figures_text(const State& figures) {
  Table table({{""}, {""}});
  add_figures(table, figures, "");
  return table.str();
}

}  // namespace millrace
