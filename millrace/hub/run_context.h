#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace millrace {

class Logger;
class MessageHub;
class Ranks;

/// A component that publishes, logs or draws gets this when it is attached to a run. Do not use it after the run.
struct RunContext {
  MessageHub& hub;
  Logger& logger;
  Ranks& ranks;  // the only place that knows the ranks
  c10::Device device = c10::Device(c10::kCPU);
  uint64_t seed = 0;  // the same on all ranks
};

}  // namespace millrace
