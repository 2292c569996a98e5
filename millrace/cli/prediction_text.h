#pragma once

#include <string>

#include "millrace/cli/engine.h"

namespace millrace {

/// "hats/1.jpg: hat 93.2%, shoe 4.1%", with the picture's path behind it; the error alone of a file that has one.
std::string prediction_line(const FilePrediction& prediction);
/// The same as an object on one line: file, then what the task view's object has, picture; or file and error.
std::string prediction_json(const FilePrediction& prediction);

}  // namespace millrace
