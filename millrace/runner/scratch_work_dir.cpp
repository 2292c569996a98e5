#include "millrace/runner/scratch_work_dir.h"

#include <cstdlib>
#include <string>

#include "millrace/base/error.h"

namespace millrace {

ScratchWorkDir::ScratchWorkDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_run_XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw Error(pattern + ": cannot make a folder for a run that is not kept");
  path_ = pattern;
}

ScratchWorkDir::~ScratchWorkDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace millrace
