#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace millrace {

class Logger;
class MessageHub;
class Ranks;

/// What a component that publishes, logs or draws is given when it is attached to a run. Nothing in it outlives the
/// run.
struct RunContext {
  MessageHub& hub;
  Logger& logger;
  Ranks& ranks;  // nobody else knows a rank
  c10::Device device = c10::Device(c10::kCPU);
  uint64_t seed = 0;  // the same on all ranks
};

}  // namespace millrace
