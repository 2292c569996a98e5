#include "millrace/runner/rescue.h"

#include <fmt/format.h>

#include <optional>

#include "millrace/dist/failure_text.h"
#include "millrace/dist/ranks.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/save.h"
#include "millrace/runner/train_loop.h"

namespace millrace {

namespace {

/// Why what there is of the run can't be saved; "" if it can. A step that failed is taken back.
std::string obstacle(Runner& runner) {
  switch (runner.train_loop().stage()) {
    case TrainLoop::Stage::between_steps:
      return "";
    case TrainLoop::Stage::saving:
      return "a checkpoint could not be written";
    case TrainLoop::Stage::in_step:
      if (runner.context().ranks.size() > 1) return "the ranks were within a step";
      return runner.optims()->go_back() ? "" : "the optimizer was within a step, and half of one can't be gone on with";
  }
  return "";
}

/// Weights that are not finite would only take the place of those before them.
std::string obstacle_of_weights(Runner& runner) {
  const std::optional<std::string> name = first_not_finite(runner.model().modules());
  return name ? "the weights are not finite: the first such tensor is " + *name : "";
}

/// As at a stop: what was asked for before is written first, so that nobody asks for the same place again.
void save_as_asked(Runner& runner, ExceptionPoint& point) {
  if (point.is_whole) write_checkpoints(runner, runner.requests().take_saves());
  runner.hooks().call<&Hook::on_exception>(point);
  if (point.is_whole) write_checkpoints(runner, runner.requests().take_saves());
}

}  // namespace

std::string rescue_training(Runner& runner, const std::exception_ptr& error, int64_t first_iter) {
  const bool has_work = runner.iter() > first_iter;
  std::string reason = obstacle(runner);
  if (reason.empty() && has_work) reason = obstacle_of_weights(runner);
  ExceptionPoint point{runner, error, has_work && reason.empty()};
  try {
    save_as_asked(runner, point);
  } catch (...) {
    reason = failure_text(std::current_exception());
  }
  if (!has_work) return "";
  const std::string newest = runner.summary().last.checkpoint;
  if (reason.empty() && runner.results().newest_iter() == runner.iter())
    return fmt::format("saved up to iteration {} in {}", runner.iter(), newest);
  if (reason.empty()) reason = "no hook saves";
  return fmt::format("what was trained up to iteration {} is not saved: {}", runner.iter(), reason) +
         (newest.empty() ? "" : "; the newest checkpoint is " + newest);
}

}  // namespace millrace
