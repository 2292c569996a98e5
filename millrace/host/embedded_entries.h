#pragma once

#include <memory>

#include "millrace/cli/embedded.h"

namespace millrace {

// The entries of cli/embedded.h.
std::unique_ptr<EmbeddedRun> embedded_run(const EmbeddedRunRequest& request);
std::unique_ptr<EmbeddedPredictor> embedded_predictor(const EmbeddedPredictorRequest& request);

}  // namespace millrace
