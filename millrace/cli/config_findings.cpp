#include "millrace/cli/config_findings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "millrace/base/text.h"

namespace millrace {
namespace {

using Line = nlohmann::ordered_json;

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

std::string one_line(const Error& error) {
  std::string text = error.place().known() ? error.place().str() + ": " + error.summary() : error.summary();
  if (text.find("; did you mean '") == std::string::npos && !error.notes().empty())
    text += " (" + error.notes()[0] + ")";
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

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
  text += counted(configs_, "config") + ": " +
          (mistakes.empty() ? "no mistakes" : counted(static_cast<int64_t>(mistakes.size()), "mistake"));
  const int64_t absent = static_cast<int64_t>(absent_.absent().size());
  if (absent > 0) text += ", " + counted(absent, "name") + " that this build does not have";
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

}  // namespace millrace
