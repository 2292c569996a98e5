#include "millrace/cli/prediction_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace millrace {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson class_json(const FilePrediction::Class& each) {
  return {{"label", each.label}, {"class", each.name}, {"score", each.score}};
}

}  // namespace

std::string prediction_line(const FilePrediction& said) {
  // An error that begins with the file's place says whose it is.
  if (!said.error.empty()) return said.error.starts_with(said.file) ? said.error : said.file + ": " + said.error;
  std::string line = said.file + ":";
  for (size_t i = 0; i < said.top.size(); ++i)
    line += fmt::format("{} {} {:.1f}%", i > 0 ? "," : "", said.top[i].name, said.top[i].score * 100);
  return said.picture.empty() ? line : line + "  " + said.picture;
}

std::string prediction_json(const FilePrediction& said) {
  OrderedJson object = {{"file", said.file}};
  if (!said.error.empty()) {
    object["error"] = said.error;
  } else {
    object.update(class_json(said.top.front()));
    object["top"] = OrderedJson::array();
    for (const FilePrediction::Class& each : said.top) object["top"].push_back(class_json(each));
    if (!said.picture.empty()) object["picture"] = said.picture;
  }
  return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace millrace
