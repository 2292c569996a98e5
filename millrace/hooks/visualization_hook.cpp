#include "millrace/hooks/visualization_hook.h"

namespace millrace {

VisualizationHook::VisualizationHook(Options options) {
  if (checked<VisualizationHook>(std::move(options)).enable)
    throw Error("VisualizationHook cannot draw pictures yet").help("enable=False");
}

MILLRACE_REGISTER(Hook, VisualizationHook);

}  // namespace millrace
