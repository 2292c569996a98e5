#include "millrace/cli/prediction_text.h"

#include <nlohmann/json.hpp>

namespace millrace {

std::string prediction_line(const FilePrediction& prediction) {
  const auto& [file, error, line, object, picture] = prediction;
  // An error that begins with the file's place says whose it is.
  if (!error.empty()) return error.starts_with(file) ? error : file + ": " + error;
  return file + ": " + line + (picture.empty() ? "" : "  " + picture);
}

std::string prediction_json(const FilePrediction& prediction) {
  using OrderedJson = nlohmann::ordered_json;
  OrderedJson object = {{"file", prediction.file}};
  if (!prediction.error.empty()) {
    object["error"] = prediction.error;
  } else {
    object.update(OrderedJson::parse(prediction.object));
    if (!prediction.picture.empty()) object["picture"] = prediction.picture;
  }
  return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace millrace
