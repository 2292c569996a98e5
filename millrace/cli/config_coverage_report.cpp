#include "millrace/cli/config_coverage_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "millrace/base/text.h"
#include "millrace/cli/config_findings.h"
#include "millrace/log/table.h"
#include "millrace/registry/next_items.h"

namespace millrace {
namespace {

using CoverageLine = nlohmann::ordered_json;

std::string coverage_line(const CoverageLine& line) {
  return line.dump(-1, ' ', false, CoverageLine::error_handler_t::replace) + "\n";
}

}  // namespace

void ConfigCoverage::add(const std::vector<AbsentComponent>& absent) {
  std::vector<size_t> lack;
  for (const AbsentComponent& component : absent) {
    if (component.may_be_roots) continue;  // with its library it is most probably there
    auto known = std::find_if(components_.begin(), components_.end(),
                              [&](const Component& other) { return other.name == component.name; });
    if (known == components_.end())
      known = components_.insert(components_.end(), Component{component.name, component.kind});
    if (known->kind.empty()) known->kind = component.kind;
    known->mentions += component.count;
    lack.push_back(static_cast<size_t>(known - components_.begin()));
  }
  std::sort(lack.begin(), lack.end());
  lack.erase(std::unique(lack.begin(), lack.end()), lack.end());
  for (size_t index : lack) ++components_[index].configs;
  covered_ += lack.empty();
  lacks_.push_back(std::move(lack));
}

void ConfigCoverage::add_unreadable(const std::string& file, const Error& error) {
  unreadable_.emplace_back(file, one_line(error));
}

std::vector<const ConfigCoverage::Component*> ConfigCoverage::sorted() const {
  std::vector<const Component*> all;
  for (const Component& component : components_) all.push_back(&component);
  std::sort(all.begin(), all.end(), [](const Component* a, const Component* b) {
    return std::forward_as_tuple(-a->configs, -a->mentions, a->name) <
           std::forward_as_tuple(-b->configs, -b->mentions, b->name);
  });
  return all;
}

std::vector<std::pair<const ConfigCoverage::Component*, int64_t>> ConfigCoverage::chosen(int64_t count) const {
  std::map<std::vector<size_t>, int64_t> counts;
  for (const std::vector<size_t>& lack : lacks_) ++counts[lack];
  std::vector<Lack> lacks;
  for (const auto& [items, configs] : counts) lacks.push_back({items, configs});
  std::vector<std::pair<const Component*, int64_t>> out;
  std::vector<size_t> so_far;
  for (size_t item : next_items(lacks, components_.size(), static_cast<size_t>(count))) {
    so_far.push_back(item);
    out.emplace_back(&components_[item], configs_with(lacks, so_far));
  }
  return out;
}

std::string ConfigCoverage::text(int64_t next) const {
  const std::string configs = std::to_string(lacks_.size()) + " configs";
  std::string text = "this build has all components of " + std::to_string(covered_) + " of " + configs + "\n";
  if (parts_ > 0)
    text += counted(parts_, "file") + " skipped: no model, no dataloader, or in a folder _base_: parts of configs\n";
  if (!unreadable_.empty()) text += counted(static_cast<int64_t>(unreadable_.size()), "file") + " can't be read:\n";
  for (const auto& [file, reason] : unreadable_)
    text += "  " + (reason.starts_with(file) ? reason : file + ": " + reason) + "\n";
  Table lacking({{"lacking"}, {"kind"}, {"configs", Table::Align::right}, {"mentions", Table::Align::right}});
  for (const Component* component : sorted())
    lacking.add(
        {component->name, component->kind, std::to_string(component->configs), std::to_string(component->mentions)});
  if (!lacking.empty()) text += "\n" + lacking.str();
  if (next == 0 || lacking.empty()) return text;
  const auto items = chosen(next);
  const std::string chosen_ones = items.size() == 1 ? "component" : std::to_string(items.size()) + " components";
  text += "\nwith the next " + chosen_ones + ", " + std::to_string(items.back().second) + " of " + configs + " run:\n";
  Table table({{"next"}, {"kind"}, {"configs then", Table::Align::right}});
  for (const auto& [component, runs] : items) table.add({component->name, component->kind, std::to_string(runs)});
  return text + table.str();
}

std::string ConfigCoverage::json(int64_t next) const {
  std::string text;
  for (const Component* component : sorted())
    text += coverage_line({{"finding", "absent"},
                           {"name", component->name},
                           {"kind", component->kind},
                           {"configs", component->configs},
                           {"mentions", component->mentions}});
  for (const auto& [file, reason] : unreadable_)
    text += coverage_line({{"finding", "unreadable"}, {"file", file}, {"text", reason}});
  if (next > 0) {
    CoverageLine names = CoverageLine::array();
    int64_t runs = covered_;
    for (const auto& [component, then] : chosen(next)) names.push_back(component->name), runs = then;
    text += coverage_line({{"finding", "next"}, {"items", names}, {"runs", runs}});
  }
  return text + coverage_line({{"finding", "summary"},
                               {"configs", lacks_.size()},
                               {"covered", covered_},
                               {"parts", parts_},
                               {"unreadable", unreadable_.size()}});
}

}  // namespace millrace
