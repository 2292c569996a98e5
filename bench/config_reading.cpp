// Reading public configs, all bases included, against MMEngine. Blocks of 100 configs are read by both sides in turn,
// each on one thread; times are processor time, and what MMEngine refuses counts for neither.
//
//     bench_config_reading [ROUNDS]      needs the configs of MILLRACE_SHARED and the Python that tools/mmengine_python
//                                        names; without that Python only our side is timed
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "millrace/config/config.h"
#include "millrace/config/json.h"
#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;
constexpr size_t kBlock = 100;
constexpr const char* kRepositories[] = {"mmpretrain", "mmdetection", "mmsegmentation", "mmpose", "restyled"};

struct ReadConfig {
  std::string path;
  std::vector<std::string> search_path;
  size_t repository = 0;
  size_t files = 0;
  double ours = 0, theirs = 0;  // seconds, the round's
  double best = 1e9;            // of all rounds, ours
};

/// MMEngine in a process of its own.
class MMEngineReader {
 public:
  MMEngineReader(const std::string& python, const std::string& sources) {
    int to[2], from[2];
    MILLRACE_ASSERT(pipe(to) == 0 && pipe(from) == 0, "no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (int end : {to[0], to[1], from[0], from[1]}) close(end);
      execl(python.c_str(), python.c_str(), MILLRACE_SOURCE_DIR "/bench/config_reading.py", sources.c_str(), nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    to_ = fdopen(to[1], "w");
    from_ = fdopen(from[0], "r");
    answer();
  }
  ~MMEngineReader() {
    fclose(to_);
    fclose(from_);
    waitpid(pid_, nullptr, 0);
  }
  MMEngineReader(const MMEngineReader&) = delete;
  MMEngineReader& operator=(const MMEngineReader&) = delete;

  double seconds(const std::string& path) {
    fmt::print(to_, "{}\n", path);
    fflush(to_);
    return std::atof(answer().c_str());
  }

 private:
  std::string answer() {
    char line[256];
    if (!fgets(line, sizeof line, from_)) throw Error("MMEngine's process ended");
    return line;
  }

  pid_t pid_;
  FILE* to_;
  FILE* from_;
};

std::string first_line_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  char line[4096] = "";
  if (pipe && !fgets(line, sizeof line, pipe)) line[0] = 0;
  if (pipe) pclose(pipe);
  std::string text(line);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<ReadConfig> unpacked_configs(const fs::path& archives, const ScratchFolder& folder) {
  std::vector<ReadConfig> configs;
  for (size_t r = 0; r < std::size(kRepositories); ++r) {
    const std::string repository = kRepositories[r];
    for (const std::string part : {"sources", "trees"}) {
      fs::create_directories(folder / part);
      const std::string archive = (archives / (repository + (part == "trees" ? "" : ".sources") + ".tar.xz")).string();
      if (std::system(("tar -xJf '" + archive + "' -C '" + folder / part + "'").c_str()) != 0)
        throw Error("can't unpack " + archive);
    }
    const std::string manifest = folder / ("trees/" + repository + "/_manifest.json");
    const Value entries = read_json(io::read_file(manifest), manifest);
    for (const auto& [name, entry] : entries.as_dict()) {
      if (!entry.find("ok")->as_bool()) continue;
      ReadConfig config;
      config.path = folder / ("sources/" + repository + "/" + name.as_string());
      if (repository == "restyled") config.search_path = {folder / "sources/restyled"};
      config.repository = r;
      configs.push_back(std::move(config));
    }
  }
  return configs;
}

double our_seconds(ReadConfig& config) {
  ReadOptions options;
  options.search_path = config.search_path;
  const std::clock_t begin = std::clock();
  const Config read = Config::from_file(config.path, options);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  config.files = read.files.size();
  return seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void run(int rounds) {
  const char* shared = std::getenv("MILLRACE_SHARED");
  const fs::path archives = fs::path(shared ? shared : "../shared") / "golden/configs";
  if (!fs::exists(archives)) {
    fmt::print("skipped: needs the public configs of MILLRACE_SHARED\n");
    return;
  }
  const ScratchFolder folder;
  std::vector<ReadConfig> configs = unpacked_configs(archives, folder);
  const std::string python = first_line_of(MILLRACE_SOURCE_DIR "/tools/mmengine_python");
  std::unique_ptr<MMEngineReader> mmengine;
  if (python.empty()) fmt::print("MMEngine is not compared: tools/mmengine_python names no Python\n");
  else mmengine = std::make_unique<MMEngineReader>(python, folder / "sources");

  struct Sum {
    double ours = 0, theirs = 0;
    int count = 0, refused = 0;
  };
  std::vector<double> ours, theirs, ratios, block_ratios;
  std::vector<Sum> last(std::size(kRepositories));
  for (int round = 0; round < rounds; ++round) {
    Sum all;
    std::vector<Sum> each(std::size(kRepositories));
    for (size_t begin = 0; begin < configs.size(); begin += kBlock) {
      const size_t end = std::min(begin + kBlock, configs.size());
      for (size_t i = begin; i < end; ++i) configs[i].ours = our_seconds(configs[i]);
      Sum block;
      for (size_t i = begin; i < end; ++i) {
        ReadConfig& config = configs[i];
        config.best = std::min(config.best, config.ours);
        config.theirs = mmengine ? mmengine->seconds(config.path) : 0;
        for (Sum* sum : {&all, &each[config.repository], &block}) {
          sum->count += config.theirs >= 0;
          sum->refused += config.theirs < 0;
          if (config.theirs < 0) continue;
          sum->ours += config.ours;
          sum->theirs += config.theirs;
        }
      }
      if (mmengine) block_ratios.push_back(block.theirs / block.ours);
    }
    ours.push_back(all.ours);
    theirs.push_back(all.theirs);
    ratios.push_back(all.theirs / all.ours);
    last = each;
    fmt::print("round {}: {} configs ({} refused by MMEngine), ours {:.3f} s, MMEngine {:.2f} s, {:.1f} times\n",
               round + 1, all.count, all.refused, all.ours, all.theirs, all.theirs / all.ours);
    std::fflush(stdout);
  }
  for (size_t r = 0; r < last.size(); ++r)
    fmt::print("  {:<16}{:>6} configs  ours {:>7.3f} s  MMEngine {:>7.2f} s\n", kRepositories[r], last[r].count,
               last[r].ours, last[r].theirs);
  const auto [low, high] = std::minmax_element(ours.begin(), ours.end());
  fmt::print("all: ours {:.3f} s ({:.3f} to {:.3f})", median(ours), *low, *high);
  if (mmengine) {
    std::sort(block_ratios.begin(), block_ratios.end());
    fmt::print(", MMEngine {:.2f} s, {:.1f} times; blocks of {}: {:.1f} to {:.1f} times", median(theirs),
               median(ratios), kBlock, block_ratios.front(), block_ratios.back());
  }
  const auto& slowest =
      *std::max_element(configs.begin(), configs.end(), [](auto& a, auto& b) { return a.best < b.best; });
  const auto& deepest =
      *std::max_element(configs.begin(), configs.end(), [](auto& a, auto& b) { return a.files < b.files; });
  for (const auto& [what, config] : {std::pair{"slowest", &slowest}, std::pair{"most files", &deepest}})
    fmt::print("\n{}: {:.2f} ms, {} files, {}", what, config->best * 1000, config->files,
               fs::relative(config->path, folder / "sources").string());
  fmt::print("\n");
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  try {
    millrace::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 3);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
