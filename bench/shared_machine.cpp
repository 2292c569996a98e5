// A training step on a quiet machine and beside one busy process, for several ways in which the threads of an operator
// wait for each other. Each way is a process of its own, since libgomp reads GOMP_SPINCOUNT when it is loaded; they take
// turns, and what is compared lies seconds apart. "as the command" is the spin count of the command with its watch
// (SharedMachine); it is held against what is promised.
//
//     bench_shared_machine [MLP|LeNet|ResNet-20]
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <thread>

#include "bench/steps/bench_run.h"
#include "millrace/base/cpu_count.h"
#include "millrace/base/process_settings.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/shared_machine.h"

namespace millrace::bench {
namespace {

constexpr int64_t kSamples = 2048;
constexpr int kRounds = 5;
constexpr double kTurnSeconds = 0.5;
constexpr double kLeastSpeed = 0.97, kMostCost = 2.2;
// The watch of "as the command" takes the turns of the others for neighbours, so it gets time to forget them.
constexpr std::chrono::milliseconds kForget(2700), kNotice(1700), kFallAsleep(50);

struct Way {
  std::string name, spin_count;
  int threads;  // 0: all processors
  bool watches = false;
};
const std::vector<Way> kWays = {{"spin 10000", "10000", 0}, {"spin 100000", "100000", 0},
                                {"spin 1000", "1000", 0},   {"spin 100", "100", 0},
                                {"one thread", "10000", 1}, {"as the command", "10000", 0, true}};
constexpr size_t kReference = 0;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The process of one way: answers each line of input, a number of steps, with the seconds that they took.
void contend(const std::string& network, const Way& way) {
  keep_freed_memory();
  configure_process({.threads = way.threads > 0 ? way.threads : usable_cpus()});
  seed_generators(0);
  std::vector<int64_t> shape = input_shape(network);
  shape.insert(shape.begin(), kSamples);
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_bench_XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const auto net = make_network(network, Author::library);
  const at::Tensor images = at::randn(shape);
  const at::Tensor labels = at::randint(10, {kSamples}, at::kLong);
  RunnerOptions options =
      run_options({.batch = network == "MLP" ? 32 : 128}, net, images, labels, folder, [&](double seconds) {
        if (seconds > 0) std::cout << fmt::format("{:.9f}", seconds) << std::endl;
        int64_t steps = 0;
        if (std::cin >> steps) return steps;
        std::filesystem::remove_all(folder);
        std::_Exit(0);  // no more turns
      });
  options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 1'000'000'000});
  RunSurroundings surroundings;
  if (way.watches) surroundings.machine = std::make_shared<SharedMachine>();
  Runner(std::move(options), std::move(surroundings)).train();
}

class Contestant {
 public:
  Contestant(const std::string& network, size_t way) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw Error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int each : {to[0], to[1], from[0], from[1]}) close(each);
      setenv("GOMP_SPINCOUNT", kWays[way].spin_count.c_str(), 1);
      execl("/proc/self/exe", "bench_shared_machine", "--contend", network.c_str(), std::to_string(way).c_str(),
            nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    to_ = fdopen(to[1], "w");
    from_ = fdopen(from[0], "r");
    turn(2);
  }
  ~Contestant() {
    std::fclose(to_);
    waitpid(pid_, nullptr, 0);
    std::fclose(from_);
  }
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  /// Milliseconds of a step, over a turn.
  double step_ms() {
    turn(std::max<int64_t>(1, steps_ / 20));  // warms the caches
    const double seconds = turn(steps_);
    const double step = seconds / static_cast<double>(steps_);
    steps_ = std::max<int64_t>(2, static_cast<int64_t>(kTurnSeconds / step));
    return 1e3 * step;
  }

 private:
  double turn(int64_t steps) {
    fmt::print(to_, "{}\n", steps);
    std::fflush(to_);
    double seconds = 0;
    if (std::fscanf(from_, "%lf", &seconds) != 1) throw Error("a contestant ended");
    return seconds;
  }

  pid_t pid_ = 0;
  std::FILE *to_ = nullptr, *from_ = nullptr;
  int64_t steps_ = 2;
};

/// A process in a session of its own that computes for ever, when it is let.
class BusyProcess {
 public:
  BusyProcess() {
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    volatile uint64_t sum = 0;
    for (uint64_t i = 0;; ++i) sum = i;
  }
  ~BusyProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  BusyProcess(const BusyProcess&) = delete;
  BusyProcess& operator=(const BusyProcess&) = delete;
  void stop() const { kill(pid_, SIGSTOP); }
  void go_on() const { kill(pid_, SIGCONT); }

 private:
  pid_t pid_;
};

struct Times {
  std::vector<double> quiet_ms, beside_ms, speed, cost;  // a round each
};

/// The rounds of one network; true if the command keeps its promise.
bool compare(const std::string& network, const BusyProcess& neighbour) {
  std::vector<std::unique_ptr<Contestant>> contestants;
  for (size_t way = 0; way < kWays.size(); ++way) contestants.push_back(std::make_unique<Contestant>(network, way));
  for (const auto& contestant : contestants) contestant->step_ms();
  std::vector<Times> times(kWays.size());
  for (int round = 0; round < kRounds; ++round) {
    for (size_t way = 0; way < kWays.size(); ++way) {
      std::this_thread::sleep_for(kWays[way].watches ? kForget : kFallAsleep);
      times[way].quiet_ms.push_back(contestants[way]->step_ms());
    }
    neighbour.go_on();
    std::this_thread::sleep_for(kNotice);
    for (size_t way = 0; way < kWays.size(); ++way) {
      std::this_thread::sleep_for(kFallAsleep);
      times[way].beside_ms.push_back(contestants[way]->step_ms());
    }
    neighbour.stop();
    for (Times& each : times) {
      const double quiet = times[kReference].quiet_ms.back();
      each.speed.push_back(quiet / each.quiet_ms.back());
      each.cost.push_back(each.beside_ms.back() / quiet);
    }
  }
  fmt::print("\n{}\n  {:<16}{:>10}{:>10}{:>16}{:>10}{:>18}\n", network, "", "quiet ms", "speed", "beside one ms",
             "cost", "cost, spread");
  for (size_t way = 0; way < kWays.size(); ++way) {
    const Times& each = times[way];
    const auto [least, most] = std::minmax_element(each.cost.begin(), each.cost.end());
    fmt::print("  {:<16}{:>10.3f}{:>10.3f}{:>16.3f}{:>10.2f}{:>18}\n", kWays[way].name, median(each.quiet_ms),
               median(each.speed), median(each.beside_ms), median(each.cost),
               fmt::format("{:.2f} to {:.2f}", *least, *most));
  }
  const Times& command = times.back();
  const bool holds = median(command.speed) >= kLeastSpeed && median(command.cost) <= kMostCost;
  fmt::print("{}  {}: the command keeps {} of the quiet speed, and costs {} beside one busy process at most\n",
             holds ? "pass" : "MISS", network, kLeastSpeed, kMostCost);
  std::fflush(stdout);
  return holds;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  using namespace millrace::bench;
  if (argc == 4 && argv[1] == std::string("--contend")) {
    contend(argv[2], kWays.at(std::strtoul(argv[3], nullptr, 10)));
    return 0;
  }
  const BusyProcess neighbour;  // before this process has threads
  neighbour.stop();
  fmt::print(
      "a training step on {} processors, and beside one busy process; {}\n"
      "speed: of the quiet machine, against {}; cost: beside the busy process, in quiet steps of {}; medians of {}\n",
      millrace::usable_cpus(), millrace::instruction_set(), kWays[kReference].name, kWays[kReference].name, kRounds);
  bool holds = true;
  for (const std::string network : {"MLP", "LeNet", "ResNet-20"})
    if (argc < 2 || network == argv[1]) holds = compare(network, neighbour) && holds;
  return holds ? 0 : 1;
}
