#include "millrace/cli/outcome_text.h"

#include <fmt/format.h>
#include <signal.h>

#include "millrace/base/shell_word.h"
#include "millrace/base/text.h"
#include "millrace/log/duration.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

std::string command_line(const std::string& program, const char* command, std::vector<std::string> words) {
  std::string line = shell_word(program) + " " + command;
  for (const std::string& word : words) line += " " + shell_word(word);
  return line;
}

void add_option(std::vector<std::string>& words, const char* name, const std::optional<std::string>& value) {
  if (value) words.insert(words.end(), {name, *value});
}

std::string test_line(const RunOutcome& outcome, const TrainRequest& request, const Invocation& invocation) {
  const std::string& checkpoint = outcome.best_checkpoint.empty() ? outcome.last_checkpoint : outcome.best_checkpoint;
  std::vector<std::string> words = {request.config, checkpoint};
  words.insert(words.end(), request.overrides.begin(), request.overrides.end());
  if (!request.config_path.empty()) words.insert(words.end(), {"--config-path", join(request.config_path, ":")});
  add_option(words, "--work-dir", request.work_dir);
  add_option(words, "--device", request.device);
  if (request.precision) words.push_back("precision=" + *request.precision);
  if (request.threads) words.insert(words.end(), {"--threads", std::to_string(*request.threads)});
  return command_line(invocation.program, "test", std::move(words));
}

void add_if_known(Table& table, const char* name, const std::string& value) {
  if (!value.empty()) table.add({name, value});
}

std::string speed_text(const RunOutcome& outcome) {
  if (outcome.seconds <= 0) return {};
  std::string text = duration_text(static_cast<int64_t>(outcome.seconds));
  if (outcome.samples_per_second > 0) text += fmt::format(" at {:.0f} samples/s", outcome.samples_per_second);
  return text;
}

std::string metric_table(const RunOutcome& outcome) {
  Table table({{""}, {"", Table::Align::right}});
  for (const auto& [name, value] : outcome.metrics) table.add({name, value});
  return table.str();
}

const char* signal_name(int reason) {
  switch (reason) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGALRM:
      return "--max-time";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGUSR2:
      return "SIGUSR2";
    case SIGHUP:
      return "SIGHUP";
    case SIGXCPU:
      return "SIGXCPU";
    default:
      return "a cancel";
  }
}

}  // namespace

std::string resume_line(const TrainRequest& request, const Invocation& invocation) {
  std::vector<std::string> words = {request.config};
  words.insert(words.end(), request.overrides.begin(), request.overrides.end());
  if (!request.config_path.empty()) words.insert(words.end(), {"--config-path", join(request.config_path, ":")});
  words.emplace_back("--resume");
  add_option(words, "--work-dir", request.work_dir);
  add_option(words, "--device", request.device);
  add_option(words, "--precision", request.precision);
  if (request.seed) words.insert(words.end(), {"--seed", std::to_string(*request.seed)});
  if (request.limit_batches) words.insert(words.end(), {"--limit-batches", std::to_string(*request.limit_batches)});
  if (request.threads) words.insert(words.end(), {"--threads", std::to_string(*request.threads)});
  if (!request.validate) words.emplace_back("--no-validate");
  if (!request.preemption.max_time.empty()) words.insert(words.end(), {"--max-time", request.preemption.max_time});
  if (!request.preemption.preempt_on.empty())
    words.insert(words.end(), {"--preempt-on", request.preemption.preempt_on});
  if (!request.load_from)  // else they were for that file alone
    for (const auto& [pattern, replacement] : request.revise_keys)
      words.insert(words.end(), {"--revise-keys", pattern + "=" + replacement});
  return command_line(invocation.program, "train", std::move(words));
}

std::string train_results(const RunOutcome& outcome, const TrainRequest& request, const Invocation& invocation) {
  std::string text;
  if (!outcome.notice.empty()) text += outcome.notice + "\n";
  if (!outcome.metrics.empty()) text += metric_table(outcome) + "\n";
  Table facts({{""}, {""}});
  add_if_known(facts, "trained", speed_text(outcome));
  add_if_known(facts, "best", outcome.best_metric);
  add_if_known(facts, "best checkpoint", outcome.best_checkpoint);
  add_if_known(facts, "last checkpoint", outcome.last_checkpoint);
  add_if_known(facts, "summary", outcome.summary);
  add_if_known(facts, "curves", outcome.curves);
  if (outcome.summary.empty()) add_if_known(facts, "run folder", outcome.run_folder);
  text += facts.str();
  const bool is_of_use = outcome.failure.empty() || !outcome.best_checkpoint.empty();
  if (is_of_use && (!outcome.best_checkpoint.empty() || !outcome.last_checkpoint.empty()))
    text += "\ntest it:  " + test_line(outcome, request, invocation) + "\n";
  return text;
}

std::string stop_text(const RunOutcome& outcome, const TrainRequest& request, const Invocation& invocation) {
  std::string text = fmt::format("millrace: stopped by {}", signal_name(outcome.stop_reason));
  if (outcome.last_checkpoint.empty()) return text + ", before there was anything to save\n";
  return text + "; the state is saved in " + outcome.last_checkpoint +
         "\n  resume:  " + resume_line(request, invocation) + "\n";
}

std::string test_results(const RunOutcome& outcome) {
  Table files({{""}, {""}});
  for (const auto& [name, path] : outcome.files) files.add({name, path});
  std::string text;
  for (std::string part : {outcome.samples, outcome.report, metric_table(outcome), files.str()}) {
    if (part.empty()) continue;
    if (!part.ends_with('\n')) part += '\n';
    text += (text.empty() ? "" : "\n") + part;
  }
  return text;
}

int stop_exit_code(const RunOutcome& outcome, const Preemption& preemption) {
  return preemption.is_reason(outcome.stop_reason) ? Preemption::kExitCode : stop_exit_code(outcome);
}

int stop_exit_code(const RunOutcome& outcome) { return 128 + (outcome.stop_reason > 0 ? outcome.stop_reason : SIGINT); }

}  // namespace millrace
