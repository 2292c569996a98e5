#pragma once

#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_request.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/log/progress_bar.h"
#include "millrace/log/terminal.h"
#include "millrace/picture/coverage.h"

namespace millrace {

/// What examples in headers of rooms without libtorch take for granted; see tools/extract_header_examples. Nobody makes
/// one: the examples are compiled, not run.
struct Names {
  const std::string &data, &folder, &scalars;
  const std::vector<std::string>& args;
  Arguments& arguments;
  ProgressBar& bar;
  Config& config;
  std::vector<PixelPlace> corners;
  RgbImage& image;
  Logger& logger;
  int64_t& finished;
  bool& logging;
  double loss();
  TrainRequest& request;
  std::shared_ptr<Terminal> terminal;
  const Value& value;
};

}  // namespace millrace
