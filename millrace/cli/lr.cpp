#include <cstdio>
#include <filesystem>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/lr_text.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/io/file_system.h"
#include "millrace/picture/chart_image.h"
#include "millrace/picture/png.h"

namespace millrace {
namespace {

constexpr int64_t kMostPerEpoch = 1'000'000'000;

std::string plot_ending(const std::string& file) {
  const std::string ending = to_lower(std::filesystem::path(file).extension().string());
  if (ending != ".svg" && ending != ".png")
    throw Error("--plot writes an SVG or a PNG, got '" + file + "'").help("--plot lr.svg");
  return ending;
}

/// Throws Error if the picture would replace what is none.
void check_free(const std::string& file) {
  if (io::disk().kind(file) != io::FileSystem::Kind::file) return;
  const std::string there = io::read_file(file);
  if (!there.empty() && !there.starts_with("<svg") && !there.starts_with("\x89PNG"))
    throw Error(Place(file), "this file exists, and is no picture of this command").help("--plot ANOTHER.svg");
}

void write_plot(const std::string& file, const ScheduleSeries& series, const std::string& config) {
  const std::vector<Chart> charts = lr_charts(series);
  const std::string title = std::filesystem::path(config).stem().string();
  io::write_atomically(file, plot_ending(file) == ".svg" ? draw_charts(charts, title, length_text(series))
                                                         : encode_png(chart_image(charts, title, length_text(series))));
  std::printf("%s\n", file.c_str());
}

}  // namespace

int lr_command(const Invocation& invocation) {
  LrRequest request;
  bool json = false;
  std::optional<std::string> plot;
  Arguments arguments(invocation.name(), "lr",
                      "Shows lr and momentum during each iteration of a training; no network is made.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--iters-per-epoch", "N", "iterations of an epoch  (default: those of the config's data)",
                   request.iters_per_epoch, 1, kMostPerEpoch);
  arguments.flag("--json", "one object, with a value for each iteration", json);
  arguments.option("--plot", "FILE", "a picture, .svg or .png; an existing file is replaced  (default: a short table)",
                   plot);
  arguments.example("lr configs/fashion_mnist/lenet.py");
  arguments.example("lr resnet50.py --iters-per-epoch 5005 --plot lr.svg");
  arguments.example("lr resnet50.py train_cfg.max_epochs=50 --iters-per-epoch 5005 --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  if (json && plot) throw Error("--json prints, and --plot draws: give one of them").help("--plot " + *plot);
  if (plot) plot_ending(*plot), check_free(*plot);
  const ScheduleSeries series = engine().lr(request);
  for (const std::string& notice : series.notices) std::fprintf(stderr, "%s\n", notice.c_str());
  if (plot) write_plot(*plot, series, request.config);
  else std::fputs((json ? lr_json(series) : lr_table(series)).c_str(), stdout);
  return 0;
}

}  // namespace millrace
