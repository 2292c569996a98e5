#include "millrace/cli/embedded.h"

#include <mutex>

#include "millrace/base/error.h"
#include "millrace/cli/engine.h"

namespace millrace {
namespace {

EmbeddedEngine& installed_embedded_engine() {
  static EmbeddedEngine table;
  return table;
}

}  // namespace

void install_embedded_engine(const EmbeddedEngine& engine) { installed_embedded_engine() = engine; }

const EmbeddedEngine& embedded_engine() {
  static std::mutex loading;
  const std::lock_guard lock(loading);
  engine();
  MILLRACE_ASSERT(installed_embedded_engine().run, "the engine has no entries for other programs");
  return installed_embedded_engine();
}

}  // namespace millrace
