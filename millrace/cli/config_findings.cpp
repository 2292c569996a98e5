#include "millrace/cli/config_findings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "millrace/log/table.h"

namespace millrace {
namespace {

using Line = nlohmann::ordered_json;

std::string count_of(int64_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

/// "PLACE: WHAT" on one line; what exists stands in brackets where nothing near is suggested.
std::string one_line(const Error& error) {
  std::string text = error.place().known() ? error.place().str() + ": " + error.summary() : error.summary();
  if (text.find("; did you mean '") == std::string::npos && !error.notes().empty())
    text += " (" + error.notes()[0] + ")";
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void set_place(Line& line, const Place& place) {
  line["file"] = place.file();
  if (place.line() > 0) line["line"] = place.line(), line["column"] = place.column();
}

/// Without those that differ in their notes alone: a base that cannot be read is one mistake, whoever asked for it.
std::vector<Error> distinct(const Mistakes& mistakes) {
  std::vector<Error> all;
  for (const Error& error : mistakes.sorted())
    if (all.empty() || !(all.back().place() == error.place()) || all.back().summary() != error.summary())
      all.push_back(error);
  return all;
}

std::string dumped(const Line& line) { return line.dump(-1, ' ', false, Line::error_handler_t::replace) + "\n"; }

std::string json_of(const char* kind, const Error& error) {
  Line line = {{"finding", kind}};
  set_place(line, error.place());
  line["text"] = error.summary();
  line["notes"] = error.notes();
  return dumped(line);
}

}  // namespace

void ConfigFindings::add(const ConfigReport& report) {
  ++configs_;
  for (const Error& error : report.mistakes.all()) mistakes_.add(error);
  for (const Error& error : report.warnings.all()) warnings_.add(error);
  for (const AbsentComponent& component : report.absent) absent_.add_absent(component);
}

void ConfigFindings::add_unreadable(const Error& error) {
  ++configs_;
  mistakes_.add(error);
}

std::string ConfigFindings::text() const {
  std::string text;
  const std::vector<Error> mistakes = distinct(mistakes_);
  for (const Error& error : mistakes) text += one_line(error) + "\n";
  for (const AbsentComponent& component : absent_.absent())
    text += component.place.str() + ": not checked: " + component.text() + "\n";
  for (const Error& error : warnings_.sorted()) text += error.place().str() + ": warning: " + error.summary() + "\n";
  text +=
      count_of(configs_, "config") + ": " + (mistakes.empty() ? "no mistakes" : count_of(mistakes.size(), "mistake"));
  const int64_t absent = static_cast<int64_t>(absent_.absent().size());
  if (absent > 0) text += ", " + count_of(absent, "name") + " that this build does not have";
  return text + "\n";
}

std::string ConfigFindings::json() const {
  std::string text;
  const std::vector<Error> mistakes = distinct(mistakes_), warnings = warnings_.sorted();
  for (const Error& error : mistakes) text += json_of("mistake", error);
  for (const AbsentComponent& component : absent_.absent()) {
    Line line = {{"finding", "absent"}};
    set_place(line, component.place);
    line["name"] = component.name;
    line["kind"] = component.kind;
    line["reason"] = component.reason;
    line["count"] = component.count;
    text += dumped(line);
  }
  for (const Error& error : warnings) text += json_of("warning", error);
  return text + dumped({{"finding", "summary"},
                        {"configs", configs_},
                        {"mistakes", mistakes.size()},
                        {"absent", absent_.absent().size()},
                        {"warnings", warnings.size()}});
}

void ConfigCoverage::add(const std::vector<AbsentComponent>& absent) {
  ++configs_;
  covered_ += absent.empty();
  for (const AbsentComponent& component : absent) {
    auto known = std::find_if(lacking_.begin(), lacking_.end(),
                              [&](const Lacking& lacking) { return lacking.name == component.name; });
    if (known == lacking_.end()) known = lacking_.insert(lacking_.end(), Lacking{component.name, component.kind});
    if (known->kind.empty()) known->kind = component.kind;
    ++known->configs;
    known->mentions += component.count;
  }
}

void ConfigCoverage::add_unreadable(const std::string& file, const Error& error) {
  unreadable_.emplace_back(file, one_line(error));
}

std::vector<ConfigCoverage::Lacking> ConfigCoverage::sorted() const {
  std::vector<Lacking> all = lacking_;
  std::sort(all.begin(), all.end(), [](const Lacking& a, const Lacking& b) {
    return std::forward_as_tuple(-a.configs, -a.mentions, a.name) <
           std::forward_as_tuple(-b.configs, -b.mentions, b.name);
  });
  return all;
}

std::string ConfigCoverage::text() const {
  std::string text =
      std::to_string(covered_) + " of " + count_of(configs_, "config") + " name only components that this build has\n";
  if (parts_ > 0) text += count_of(parts_, "file") + " without a model: parts of configs\n";
  if (!unreadable_.empty()) text += count_of(static_cast<int64_t>(unreadable_.size()), "file") + " can't be read:\n";
  for (const auto& [file, reason] : unreadable_)
    text += "  " + (reason.starts_with(file) ? reason : file + ": " + reason) + "\n";
  Table table({{"lacking"}, {"kind"}, {"configs", Table::Align::right}, {"mentions", Table::Align::right}});
  for (const Lacking& lacking : sorted())
    table.add({lacking.name, lacking.kind, std::to_string(lacking.configs), std::to_string(lacking.mentions)});
  return table.empty() ? text : text + "\n" + table.str();
}

std::string ConfigCoverage::json() const {
  std::string text;
  for (const Lacking& lacking : sorted())
    text += dumped({{"finding", "absent"},
                    {"name", lacking.name},
                    {"kind", lacking.kind},
                    {"configs", lacking.configs},
                    {"mentions", lacking.mentions}});
  for (const auto& [file, reason] : unreadable_)
    text += dumped({{"finding", "unreadable"}, {"file", file}, {"text", reason}});
  return text + dumped({{"finding", "summary"},
                        {"configs", configs_},
                        {"covered", covered_},
                        {"parts", parts_},
                        {"unreadable", unreadable_.size()}});
}

}  // namespace millrace
