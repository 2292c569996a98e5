#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace millrace {

class Logger;
class MessageHub;

/// What a component that publishes, logs or draws is given when it is attached to a run. Nothing in it outlives the
/// run.
struct RunContext {
  MessageHub& hub;
  Logger& logger;
  c10::Device device = c10::Device(c10::kCPU);
  int rank = 0;
  int world_size = 1;
  uint64_t seed = 0;
};

}  // namespace millrace
