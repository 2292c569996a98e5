#include "millrace/hooks/logger_hook.h"

#include <fmt/format.h>

#include "millrace/base/json_text.h"
#include "millrace/dist/ranks.h"
#include "millrace/eval/metric.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/runner/finite_watch.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/tensor/device_memory.h"
#include "millrace/tensor/json.h"
#include "millrace/tensor/shared_machine.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

constexpr int64_t kMegabyte = int64_t{1} << 20;

LogState log_state(Runner& runner, Mode mode, LogState::At at, int64_t batch_idx) {
  LogState state;
  state.mode = mode;
  state.at = at;
  state.batch_idx = batch_idx;
  state.loader_length = runner.loader_length(mode);
  state.train_loop_built = runner.has_train_loop();
  if (state.train_loop_built) {
    state.epoch = runner.epoch();
    state.iter = runner.iter();
    state.max_epochs = runner.max_epochs();
    state.max_iters = runner.max_iters();
    state.run_by_epoch = runner.train_loop().by_epoch();
  }
  if (const State* eta = runner.hub().find_info("eta")) state.eta_s = eta->number();
  if (at == LogState::At::iter)
    if (const auto peak = take_peak_memory_bytes(runner.context().device)) state.memory_mb = *peak / kMegabyte;
  return state;
}

/// The mean over the ranks of each number that they differ in. Every rank makes this call.
void average_over_ranks(LogNumbers::Entries& entries, Ranks& ranks) {
  if (ranks.size() == 1) return;
  State own = State::dict();
  for (const auto& [name, number] : entries) own[name] = number.value;
  const std::vector<State> all = ranks.all_gather(own);
  for (auto& [name, number] : entries) {
    double sum = 0, count = 0;
    bool differs = false;
    for (const State& of_rank : all) {
      const State* value = of_rank.find(name);
      if (!value) continue;
      differs = differs || value->number() != number.value;
      sum += value->number();
      ++count;
    }
    if (differs) number = Number(sum / count);
  }
}

constexpr std::chrono::milliseconds kFlushInterval(100);

void log_neighbours(Runner& runner) {
  SharedMachine* machine = runner.surroundings().machine.get();
  if (const std::string news = machine ? machine->take_news() : ""; !news.empty()) runner.logger().warning(news);
}

bool at_interval(int64_t done, int64_t interval) { return done % interval == 0; }

}  // namespace

LoggerHook::LoggerHook(Options options) : options_(checked<LoggerHook>(std::move(options))) {}

void LoggerHook::after_train_iter(TrainIter& point) {
  Runner& runner = point.runner;
  const int64_t batches = point.batch_idx + 1;
  const int64_t length = runner.loader_length(Mode::train);
  const bool end_of_epoch = batches == length;
  if (at_interval(point.done, options_.interval_exp_name) || end_of_epoch)
    runner.logger().info("Exp name: " + runner.experiment_name());
  const bool last_too = end_of_epoch && (!options_.ignore_last || length <= options_.interval);
  if (at_interval(batches, options_.interval) || last_too) {
    // The texts are made at the flush: made here, they would let the threads of the next kernel fall asleep.
    const auto processor = runner.log_processor();
    const auto numbers = std::make_shared<LogNumbers>(
        processor->numbers(log_state(runner, Mode::train, LogState::At::iter, point.batch_idx), runner.hub()));
    average_over_ranks(numbers->line, runner.context().ranks);
    average_over_ranks(numbers->tag, runner.context().ranks);
    runner.logger().log_soon(LogLevel::info, [processor, numbers] { return processor->line(*numbers); });
    runner.visualizer().add_scalars_soon([processor, numbers] { return processor->tag(*numbers); }, point.done);
    pending_ = true;
    runner.finite_watch().look(runner.hub(), *runner.optims(), point.done, runner.logger());
    log_neighbours(runner);
  }
  if (pending_ && Clock::now() - flushed_ >= kFlushInterval) flush(runner);
}

void LoggerHook::flush(Runner& runner) {
  if (!pending_) return;
  pending_ = false;
  flushed_ = Clock::now();
  runner.logger().flush();
  runner.visualizer().flush();
}

void LoggerHook::before_val(RunPoint& point) { flush(point.runner); }
void LoggerHook::after_train(RunPoint& point) { flush(point.runner); }
void LoggerHook::on_stop(StopPoint& point) { flush(point.runner); }
void LoggerHook::on_exception(ExceptionPoint& point) { flush(point.runner); }

void LoggerHook::log_eval_iter(EvalIter& point, Mode mode) const {
  if (!at_interval(point.batch_idx + 1, options_.interval)) return;
  Runner& runner = point.runner;
  runner.logger().info(
      runner.log_processor()->record(log_state(runner, mode, LogState::At::iter, point.batch_idx), runner.hub()).line);
}

void LoggerHook::after_val_iter(EvalIter& point) { log_eval_iter(point, Mode::val); }

void LoggerHook::after_test_iter(EvalIter& point) { log_eval_iter(point, Mode::test); }

void LoggerHook::after_val_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  const LogState state = log_state(runner, Mode::val, LogState::At::epoch, runner.loader_length(Mode::val));
  const LogRecord record = runner.log_processor()->record(state, runner.hub());
  runner.logger().info(record.line);
  pending_ = true;
  const bool by_epoch = options_.log_metric_by_epoch.value_or(state.run_by_epoch);
  const int64_t step = !runner.has_train_loop() ? 0 : by_epoch ? runner.epoch() : runner.iter();
  runner.visualizer().add_scalars(record.tag, step);
  flush(runner);
}

void LoggerHook::after_test_epoch(EvalEnd& point) {
  Runner& runner = point.runner;
  LogState state = log_state(runner, Mode::test, LogState::At::epoch, runner.loader_length(Mode::test));
  state.with_non_scalar = true;
  const LogRecord record = runner.log_processor()->record(state, runner.hub());
  runner.logger().info(record.line);
  State values = State::dict();
  for (const auto& [name, value] : record.tag) values[name] = value;
  runner.run_folder().write(runner.run_folder().name() + ".json", strict_json(to_json(values)) + "\n");
}

void LoggerHook::after_run(RunPoint& point) {
  log_neighbours(point.runner);
  point.runner.visualizer().close();
}

MILLRACE_REGISTER(Hook, LoggerHook);

}  // namespace millrace
