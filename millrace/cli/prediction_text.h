#pragma once

#include <string>

#include "millrace/cli/engine.h"

namespace millrace {

/// "hats/1.jpg: hat 93.2%, shoe 4.1%", followed by the picture's path; for a file with an error only the error.
std::string prediction_line(const FilePrediction& prediction);
/// The same as an object on one line: file, the keys of the task view's object, picture; or file and error.
std::string prediction_json(const FilePrediction& prediction);

}  // namespace millrace
