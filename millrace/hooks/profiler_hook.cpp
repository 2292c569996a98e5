#include "millrace/hooks/profiler_hook.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "millrace/base/text.h"
#include "millrace/dist/ranks.h"
#include "millrace/log/logger.h"
#include "millrace/log/table.h"
#include "millrace/runner/runner.h"

namespace millrace {

namespace {

OperatorProfile::Options profile_options(const ProfilerHook::Options& options) {
  return {.cpu = options.activity_with_cpu,
          .cuda = options.activity_with_cuda,
          .record_shapes = options.record_shapes,
          .profile_memory = options.profile_memory,
          .with_stack = options.with_stack,
          .with_flops = options.with_flops};
}

std::string table_of(const OperatorProfile& profile, int64_t limit) {
  Table table({{"operator"},
               {"calls", Table::Align::right},
               {"own ms", Table::Align::right},
               {"total ms", Table::Align::right}});
  const std::vector<OperatorProfile::Row> rows = profile.rows();
  for (size_t i = 0; i < rows.size() && (limit < 0 || static_cast<int64_t>(i) < limit); ++i)
    table.add({rows[i].name, std::to_string(rows[i].calls), fmt::format("{:.3f}", rows[i].own_ms),
               fmt::format("{:.3f}", rows[i].total_ms)});
  return table.str();
}

}  // namespace

void ProfilerHook::check(const Options& options, Complaints& complaints) {
  if (options.by_epoch && options.profile_times > 1)
    complaints
        .add("profile_times", fmt::format("ProfilerHook records one epoch at most, got profile_times={}; a longer "
                                          "profile would not fit into memory",
                                          options.profile_times))
        .help("by_epoch=False");
  if (!options.activity_with_cpu && !options.activity_with_cuda)
    complaints.add("activity_with_cpu", "ProfilerHook has nothing to record: neither the CPU nor the GPU")
        .help("activity_with_cpu=True");
}

ProfilerHook::ProfilerHook(Options options)
    : options_(checked<ProfilerHook>(std::move(options))), profile_(profile_options(options_)) {}

void ProfilerHook::before_train(RunPoint& point) {
  const int64_t end = options_.by_epoch ? point.runner.max_epochs() : point.runner.max_iters();
  if (end >= 0 && options_.profile_times > end)
    throw Error(fmt::format("ProfilerHook.profile_times is {}, and the training has {}", options_.profile_times,
                            counted(end, options_.by_epoch ? "epoch" : "iteration")))
        .help(fmt::format("profile_times={}", std::max<int64_t>(end, 1)));
  is_over_ = false;
  iters_ = 0;
}

ProfilerHook::Phase ProfilerHook::phase() const {
  if (!options_.schedule) return Phase::record;
  const Schedule& schedule = *options_.schedule;
  const int64_t cycle = *schedule.wait + *schedule.warmup + *schedule.active;
  const int64_t place = iters_ - schedule.skip_first;
  if (place < 0 || (schedule.repeat > 0 && place / cycle >= schedule.repeat)) return Phase::pass;
  const int64_t in_cycle = place % cycle;
  if (in_cycle < *schedule.wait + *schedule.warmup) return Phase::pass;
  return in_cycle + 1 == cycle ? Phase::last : Phase::record;
}

void ProfilerHook::before_train_iter(TrainIter&) {
  if (!is_over_ && !profile_.is_active() && phase() != Phase::pass) profile_.start();
}

void ProfilerHook::after_train_iter(TrainIter& point) {
  if (is_over_) return;
  if (phase() == Phase::last) end_profile(point.runner);
  if (++iters_ < options_.profile_times || options_.by_epoch) return;
  is_over_ = true;
  end_profile(point.runner);
}

void ProfilerHook::after_train_epoch(RunPoint& point) {
  if (!options_.by_epoch || is_over_) return;
  is_over_ = true;
  end_profile(point.runner);
}

void ProfilerHook::after_train(RunPoint& point) {
  is_over_ = true;
  end_profile(point.runner);  // of a run that ends before
}

void ProfilerHook::on_exception(ExceptionPoint&) {
  is_over_ = true;
  profile_.stop();
}

/// "trace.json", then "trace_2.json".
std::string ProfilerHook::trace_file(const std::string& path) const {
  if (profiles_ == 1) return path;
  const std::filesystem::path first(path);
  return (first.parent_path() / (first.stem().string() + "_" + std::to_string(profiles_) + first.extension().string()))
      .string();
}

void ProfilerHook::end_profile(Runner& runner) {
  if (!profile_.is_active()) return;
  profile_.stop();
  ++profiles_;
  const std::optional<TraceReady>& ready = options_.on_trace_ready;
  if (ready && *ready->type == TraceType::log_trace)
    runner.logger().info("Operators of the profile:\n" + table_of(profile_, ready->row_limit));
  std::string path = options_.json_trace_path.value_or("");
  const RunFolder& folder = runner.run_folder();
  if (path.empty() && ready && *ready->type == TraceType::tb_trace)
    path = (std::filesystem::path(ready->dir_name.value_or((folder.path() / "tf_tracing_logs").string())) /
            (folder.name() + ".pt.trace.json"))
               .string();
  else if (path.empty() && !ready) path = (folder.path() / "trace.json").string();
  if (path.empty()) return;
  const Ranks& ranks = runner.context().ranks;
  if (ranks.size() > 1) path += ".rank" + std::to_string(ranks.rank());
  profile_.save(trace_file(path));
  runner.logger().info("The trace of the profile is in " + trace_file(path));
}

MILLRACE_REGISTER(Hook, ProfilerHook);

}  // namespace millrace
