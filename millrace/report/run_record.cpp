#include "millrace/report/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "millrace/base/error.h"
#include "millrace/base/json_text.h"
#include "millrace/base/metric_rule.h"
#include "millrace/config/config.h"
#include "millrace/io/file.h"
#include "millrace/log/duration.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

constexpr int64_t kTextLimit = int64_t{256} << 20;
constexpr int64_t kPictureLimit = int64_t{4} << 20, kPicturesLimit = int64_t{12} << 20;
constexpr size_t kMostPictures = 60;

std::string text_or_nothing(const fs::path& path, int64_t limit = kTextLimit) {
  if (!io::file_exists(path.string())) return {};
  try {
    return io::read_file(path.string(), limit);
  } catch (const Error&) {
    return {};
  }
}

OrderedJson object_of(const std::string& text) {
  OrderedJson json = OrderedJson::parse(strict_json(text), nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : OrderedJson::object();
}

std::string figure_text(const OrderedJson& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return std::to_string(value.get<int64_t>());
  if (value.is_number()) return fmt::format("{:.4f}", value.get<double>());
  return value.is_boolean() ? (value.get<bool>() ? "True" : "False") : "";
}

bool is_training_folder(const fs::path& folder) {
  // A test makes the file of records, too, and writes none.
  std::error_code absent;
  const auto size = fs::file_size(folder / "vis_data" / "scalars.json", absent);
  return (!absent && size > 0) || fs::exists(folder / "summary.json");
}

/// The summary names the file where it has a name of its own.
fs::path scalars_file(const fs::path& folder, const OrderedJson& summary) {
  const bool is_named = summary.contains("scalars") && summary["scalars"].is_string();
  const fs::path named = is_named ? summary["scalars"].get<std::string>() : "scalars.json";
  return folder / "vis_data" / named.filename();
}

fs::path test_file(const fs::path& folder) { return folder / (folder.filename().string() + ".json"); }

bool is_test_folder(const fs::path& folder) { return fs::exists(test_file(folder)); }

/// The run folders of a work dir; their names are times, so that the order is that of their beginnings.
std::vector<fs::path> run_folders(const fs::path& work_dir) {
  std::vector<fs::path> folders;
  for (const io::FolderEntry& entry : io::list_folder(work_dir.string())) {
    const fs::path folder = work_dir / entry.name;
    if (entry.is_folder && (is_training_folder(folder) || is_test_folder(folder))) folders.push_back(folder);
  }
  return folders;
}

/// None: there is no run, neither of the folder nor in it.
std::optional<fs::path> run_in(const fs::path& given) {
  if (!fs::is_directory(given)) return std::nullopt;
  const fs::path folder = given.has_filename() ? given : given.parent_path();
  if (is_training_folder(folder) || is_test_folder(folder)) return folder;
  const std::vector<fs::path> folders = run_folders(folder);
  const auto trained = std::find_if(folders.rbegin(), folders.rend(), is_training_folder);
  if (trained != folders.rend()) return *trained;
  if (!folders.empty()) return folders.back();
  return std::nullopt;
}

fs::path place_of(const std::string& path) {
  const fs::path given = fs::absolute(path).lexically_normal();
  if (!fs::exists(given)) throw Error(Place(path), "there is no such folder");
  return given;
}

fs::path find_run(const std::string& path) {
  const fs::path given = place_of(path);
  if (const auto folder = run_in(given)) return *folder;
  if (!fs::is_directory(given)) throw Error(Place(path), "this is a file, not the folder of a run");
  throw Error(Place(path), "no run was made here: there is no vis_data/scalars.json, nor a folder that has one")
      .note("give a run folder, such as work_dirs/lenet/20260101_120000, or a work dir");
}

void read_summary(RunRecord& run, const OrderedJson& json) {
  run.is_finished = !json.empty();
  const auto text = [](const OrderedJson& object, const char* key) {
    return object.contains(key) ? figure_text(object[key]) : "";
  };
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number() ? json[key].get<double>() : 0;
  };
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) run.summary.emplace_back(name, std::move(value));
  };
  for (const std::string_view which : {"best", "last"}) {
    const OrderedJson result = json.contains(which) && json[which].is_object() ? json[which] : OrderedJson::object();
    if (text(result, "metric").empty() || text(result, "value").empty()) continue;
    add(which.data(),
        fmt::format("{} {} at epoch {}", text(result, "metric"), text(result, "value"), text(result, "epoch")));
    if (which == "last" || !result["value"].is_number()) continue;
    run.best = result["value"].get<double>();
    run.best_metric = text(result, "metric");
    // Older summaries have no rule.
    const std::string rule = text(result, "rule");
    if (rule == "greater" || rule == "less") run.greater_is_better = rule == "greater";
    else if (rule.empty()) run.greater_is_better = greater_is_better(run.best_metric);
  }
  add("iterations", text(json, "iters"));
  if (number("train_seconds") > 0) add("trained for", duration_text(static_cast<int64_t>(number("train_seconds"))));
  if (number("samples_per_second") > 0) add("samples per second", fmt::format("{:.0f}", number("samples_per_second")));
  add("precision", text(json, "precision"));
  run.resumed_from = text(json, "resumed_from");
}

void read_test(RunRecord& run, const fs::path& folder) {
  run.tested.clear();
  run.sections.clear();
  const OrderedJson figures = object_of(text_or_nothing(test_file(folder)));
  for (const auto& [name, value] : figures.items()) {
    if (name == "time" || name == "data_time" || name == "iter" || name == "epoch") continue;
    const std::string text = value.is_null() ? "no finite number" : figure_text(value);
    if (!text.empty()) run.tested.emplace_back(name, text);
  }
  const fs::path report = folder / "test_report.json";
  const std::string sections = text_or_nothing(report);
  if (sections.empty()) return;
  try {
    run.sections = sections_from_json(sections, report.string());
  } catch (const Error&) {  // cut off
  }
}

void add_pictures(RunRecord& run, const fs::path& folder) {
  std::vector<fs::path> found;
  if (fs::exists(folder / "samples.png")) found.push_back(folder / "samples.png");
  const fs::path images = folder / "vis_data" / "vis_image";
  if (fs::is_directory(images)) {
    const size_t first = found.size();
    for (const io::FolderEntry& entry : io::list_folder(images.string()))
      // The sheet of a test is in its run folder, too.
      if (!entry.is_folder && entry.name.ends_with(".png") && entry.name != "test_samples_0.png")
        found.push_back(images / entry.name);
    // "5_1.png" before "10_1.png".
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
              [](const fs::path& a, const fs::path& b) {
                const std::string left = a.filename().string(), right = b.filename().string();
                const size_t left_length = left.find('_'), right_length = right.find('_');
                return left_length != right_length ? left_length < right_length : left < right;
              });
  }
  int64_t bytes = 0;
  for (const RunRecord::Picture& picture : run.pictures) bytes += static_cast<int64_t>(picture.png.size());
  for (const fs::path& path : found) {
    if (run.pictures.size() >= kMostPictures) return;
    std::string png = text_or_nothing(path, kPictureLimit);
    const auto size = static_cast<int64_t>(png.size());
    if (!png.starts_with("\x89PNG") || bytes + size > kPicturesLimit) continue;
    bytes += size;
    run.pictures.push_back({path.filename().string(), std::move(png)});
  }
}

void read_config(RunRecord& run, const fs::path& folder) {
  run.config_text = text_or_nothing(folder / "config.py", kPictureLimit);
  if (run.config_text.empty()) return;
  try {
    run.config = Config::from_string(run.config_text, Config::Format::python, (folder / "config.py").string()).tree;
  } catch (const Error&) {  // its text is shown all the same
  }
}

/// "lenet/20260101_120000" of two.
std::string last_names(const fs::path& path, size_t count) {
  fs::path names = path.filename();
  for (fs::path rest = path.parent_path(); --count > 0 && rest.has_filename(); rest = rest.parent_path())
    names = rest.filename() / names;
  return names.string();
}

}  // namespace

RunRecord read_run(const std::string& path) {
  const fs::path folder = find_run(path);
  RunRecord run;
  run.path = folder.string();
  run.folder = folder.filename().string();
  const OrderedJson summary = object_of(text_or_nothing(folder / "summary.json"));
  run.scalars = text_or_nothing(scalars_file(folder, summary));
  read_summary(run, summary);
  const OrderedJson environment = object_of(text_or_nothing(folder / "environment.json"));
  for (const auto& [name, value] : environment.items()) run.environment.emplace_back(name, figure_text(value));
  read_config(run, folder);
  run.is_test = !is_training_folder(folder);
  if (is_test_folder(folder)) read_test(run, folder);
  for (const fs::path& other : run_folders(folder.parent_path())) {
    if (other.filename() <= folder.filename()) continue;
    if (is_training_folder(other)) break;
    run.pictures.clear();
    read_test(run, other);
    add_pictures(run, other);
  }
  add_pictures(run, folder);
  return run;
}

bool has_run(const std::string& path) { return run_in(place_of(path)).has_value(); }

void name_runs(std::vector<RunRecord>& runs) {
  std::set<std::string> paths;  // one run may be given twice
  for (const RunRecord& run : runs) paths.insert(run.path);
  std::set<std::string> names;
  for (RunRecord& run : runs) names.insert(run.name = fs::path(run.path).parent_path().filename().string());
  size_t most = 0;  // names in a path
  for (const std::string& path : paths)
    most = std::max(most, static_cast<size_t>(std::count(path.begin(), path.end(), '/')) + 1);
  for (size_t count = 2; names.size() < paths.size() && count <= most; ++count) {
    names.clear();
    for (RunRecord& run : runs) names.insert(run.name = last_names(run.path, count));
  }
}

}  // namespace millrace
