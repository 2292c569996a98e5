#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/command_group.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"
#include "millrace/io/file.h"

namespace millrace {
namespace {

int ckpt_ema_command(const Invocation& invocation) {
  std::string file, out;
  bool overwrite = false;
  Arguments arguments(invocation.name(), "ckpt ema",
                      "Writes the averaged weights of a checkpoint (EMA) to a file of their own, for use: without the "
                      "weights that were trained, and without the state of the run.");
  arguments.positional("FILE", "a checkpoint of a run with an EMAHook, of Millrace or of MMEngine", file);
  arguments.positional("OUT", "the file to write", out);
  arguments.flag("--overwrite", "replace OUT if it exists", overwrite);
  arguments.example("ckpt ema work_dirs/lenet/epoch_8.pth averages.pth");
  arguments.example("test config.py averages.pth");
  arguments.example("ckpt ema epoch_8.pth averages.pth --overwrite");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  if (!overwrite && io::file_exists(out)) throw Error(out + ": the file exists").help("--overwrite");
  engine().write_averages(file, out);
  std::printf("%s\n", out.c_str());
  return 0;
}

constexpr Command kCkptCommands[] = {
    {"ema", "writes the averaged weights of a checkpoint to a file of their own", &ckpt_ema_command},
};

}  // namespace

int ckpt_command(const Invocation& invocation) {
  const CommandGroup group{
      "ckpt", "Takes checkpoints apart.", kCkptCommands, {"ckpt ema work_dirs/lenet/epoch_8.pth averages.pth"}};
  return group.run(invocation);
}

}  // namespace millrace
