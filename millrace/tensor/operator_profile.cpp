#include "millrace/tensor/operator_profile.h"

#include <c10/util/Exception.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace kineto = torch::autograd::profiler;
namespace profiler = torch::profiler::impl;

struct OperatorProfile::Result {
  std::unique_ptr<kineto::ProfilerResult> of_torch;
};

namespace {

std::set<profiler::ActivityType> activities_of(const OperatorProfile::Options& options) {
  std::set<profiler::ActivityType> activities;
  if (options.cpu) activities.insert(profiler::ActivityType::CPU);
  if (options.cuda) activities.insert(profiler::ActivityType::CUDA);
  return activities;
}

constexpr double kNsPerMs = 1e6;

}  // namespace

OperatorProfile::~OperatorProfile() {
  if (!is_active_) return;
  try {
    stop();
  } catch (...) {  // it is given up
  }
}

void OperatorProfile::start() {
  if (profiler::ProfilerStateBase::get())
    throw Error("a profiler is active already in this thread: only one can record").note("stop the other one first");
  const profiler::ProfilerConfig config(profiler::ProfilerState::KINETO, options_.record_shapes,
                                        options_.profile_memory, options_.with_stack, options_.with_flops);
  try {
    kineto::prepareProfiler(config, activities_of(options_));
    kineto::enableProfiler(config, activities_of(options_), {});
  } catch (const c10::Error& error) {
    throw Error("libtorch " + torch_version() + " can't record a profile: " + error.what_without_backtrace());
  }
  is_active_ = true;
}

void OperatorProfile::stop() {
  if (!is_active_) return;
  is_active_ = false;
  result_ = std::make_shared<Result>(Result{kineto::disableProfiler()});
}

void OperatorProfile::save(const std::string& path) {
  MILLRACE_ASSERT(result_ && result_->of_torch, "there is no profile before stop()");
  std::error_code absent;
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, absent);
  std::filesystem::remove(path, absent);
  try {
    result_->of_torch->save(path);
  } catch (const c10::Error&) {
    throw Error("libtorch " + torch_version() +
                " was built without Kineto, so it can't write a trace: its table of operators is all there is")
        .note("libtorch of the PyPI package torch has it");
  }
  if (!std::filesystem::exists(path, absent)) throw Error(path + ": the trace can't be written");
}

std::vector<OperatorProfile::Row> OperatorProfile::rows() const {
  if (!result_ || !result_->of_torch) return {};
  struct Call {
    uint64_t thread, begin, end;
    size_t row;
  };
  std::map<std::string, size_t> places;
  std::vector<Row> rows;
  std::vector<Call> calls;
  for (const kineto::KinetoEvent& event : result_->of_torch->events()) {
    if (event.deviceType() != c10::DeviceType::CPU) continue;
    const auto [place, is_new] = places.emplace(event.name(), rows.size());
    if (is_new) rows.push_back({event.name()});
    Row& row = rows[place->second];
    const double ms = static_cast<double>(event.durationNs()) / kNsPerMs;
    ++row.calls;
    row.total_ms += ms;
    row.own_ms += ms;
    calls.push_back({event.startThreadId(), event.startNs(), event.endNs(), place->second});
  }
  // Parents come first; a call within another takes its time from it.
  std::sort(calls.begin(), calls.end(), [](const Call& a, const Call& b) {
    if (a.thread != b.thread) return a.thread < b.thread;
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::vector<const Call*> open;
  for (const Call& call : calls) {
    while (!open.empty() && (open.back()->thread != call.thread || open.back()->end <= call.begin)) open.pop_back();
    if (!open.empty() && open.back()->end >= call.end)
      rows[open.back()->row].own_ms -= static_cast<double>(call.end - call.begin) / kNsPerMs;
    open.push_back(&call);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.own_ms > b.own_ms; });
  return rows;
}

}  // namespace millrace
