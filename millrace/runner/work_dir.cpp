#include "millrace/runner/work_dir.h"

#include <variant>

#include "millrace/base/error.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/config/config.h"
#include "millrace/runner/run_folder.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

/// The folder of checkpoints that are not in the work dir.
std::optional<fs::path> checkpoint_folder(const Config& config, const fs::path& work_dir) {
  const Value* hooks = config.tree.find("default_hooks");
  const Value* hook = hooks && hooks->is_dict() ? hooks->find("checkpoint") : nullptr;
  const Value* folder = hook && hook->is_dict() ? hook->find("out_dir") : nullptr;
  if (!folder || !folder->is_string()) return std::nullopt;
  return fs::path(folder->as_string()) / work_dir.filename();
}

bool is_checkpoint(const fs::path& file) {
  const std::string name = file.filename().string();
  if (file.extension() != ".pth") return false;
  return name.starts_with("epoch_") || name.starts_with("iter_") || name.starts_with("best_");
}

/// The name of the newest checkpoint in a folder; nothing where there is none.
std::optional<std::string> newest_in(const fs::path& folder) {
  if (const auto latest = latest_if_any(folder.string())) return fs::path(*latest).filename().string();
  std::optional<fs::directory_entry> newest;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent))
    if (entry.is_regular_file(absent) && is_checkpoint(entry.path()) &&
        (!newest || entry.last_write_time(absent) > newest->last_write_time(absent)))
      newest = entry;
  return newest ? std::optional(newest->path().filename().string()) : std::nullopt;
}

bool same_folder(const fs::path& one, const fs::path& other) {
  std::error_code absent;
  return fs::equivalent(one, other, absent);
}

}  // namespace

HeldWorkDir::HeldWorkDir(const Config& config, const RunnerOptions& options) {
  const fs::path work_dir = fs::path(options.work_dir).lexically_normal();
  folders_.push_back(work_dir.has_filename() ? work_dir : work_dir.parent_path());
  const auto elsewhere = checkpoint_folder(config, fs::absolute(folders_[0]));
  made_.push_back(std::make_unique<io::NewFolders>(folders_[0]));
  if (elsewhere) made_.push_back(std::make_unique<io::NewFolders>(*elsewhere));
  make_work_dir(folders_[0]);
  locks_.push_back(std::make_unique<io::FolderLock>(folders_[0].string()));
  if (elsewhere && !same_folder(*elsewhere, folders_[0])) {
    folders_.push_back(*elsewhere);
    locks_.push_back(std::make_unique<io::FolderLock>(elsewhere->string()));
  }
  if (const auto* path = std::get_if<std::string>(&options.resume)) resumes_ = *path;
  else if (std::get<bool>(options.resume) && options.load_from) resumes_ = *options.load_from;
  else resumes_latest_ = std::get<bool>(options.resume);
  if (!resumes_.empty()) resumes_ = fs::absolute(resumes_);
}

std::vector<HeldWorkDir::Run> HeldWorkDir::other_runs() const {
  std::vector<Run> runs;
  // A run that was killed at its first save has a checkpoint that nothing names: it begins anew over it.
  if (resumes_latest_) return runs;
  const std::optional<std::string> latest = latest_if_any(folders_[0].string());
  const fs::path resumed_in = resumes_.parent_path();
  const bool is_latest_run = latest && same_folder(resumed_in, fs::absolute(*latest).parent_path());
  for (const fs::path& folder : folders_) {
    const auto newest = newest_in(folder);
    if (newest && !is_latest_run && !same_folder(resumed_in, folder)) runs.push_back({folder, *newest});
  }
  return runs;
}

void HeldWorkDir::refuse_other_run(const std::string& go_on) const {
  const std::vector<Run> runs = other_runs();
  if (runs.empty()) return;
  Error error(runs[0].folder.string() + ": holds a run already, saved up to " + runs[0].newest);
  error.note(go_on.empty() ? "--resume continues it" : "resume:  " + go_on);
  throw error.help("--overwrite begins anew and replaces its files; --work-dir DIR trains elsewhere");
}

void HeldWorkDir::give_up_other_run() const {
  std::error_code absent;
  for (const Run& run : other_runs()) fs::remove(run.folder / "last_checkpoint", absent);
}

std::vector<std::string> HeldWorkDir::notices() const {
  std::vector<std::string> notices;
  for (const auto& lock : locks_)
    if (!lock->notice().empty()) notices.push_back(lock->notice());
  return notices;
}

}  // namespace millrace
