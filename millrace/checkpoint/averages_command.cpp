// `millrace ckpt ema`: the entry of cli/engine.h.
#include "millrace/checkpoint/averages.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/cli/engine.h"

namespace millrace {

namespace {

void write_averages(const std::string& file, const std::string& out) {
  save_checkpoint_file(out, averages_alone(load_checkpoint_file(file), file));
}

[[maybe_unused]] const bool write_averages_is_installed = [] {
  install_engine({.write_averages = write_averages});
  return true;
}();

}  // namespace

}  // namespace millrace
