#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

/// The three things that a run does with data. The values are part of the random streams: don't reorder them.
enum class Mode : uint32_t { train, val, test };

/// "train", "val", "test": prefixes of tags and keys of configs.
constexpr std::string_view mode_name(Mode mode) {
  return mode == Mode::train ? "train" : mode == Mode::val ? "val" : "test";
}

}  // namespace millrace
