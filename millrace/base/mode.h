#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

/// The three things that a run does with data. The values are part of the random streams: don't reorder them.
enum class Mode : uint32_t { train, val, test };

/// "train", "val", "test": prefixes of tags and keys of configs.
constexpr std::string_view mode_name(Mode mode) {
  return mode == Mode::train ? "train" : mode == Mode::val ? "val" : "test";
}

/// "train/loss": the name under which a mode publishes `name`.
inline std::string mode_tag(Mode mode, std::string_view name) {
  std::string tag(mode_name(mode));
  tag += '/';
  tag += name;
  return tag;
}

}  // namespace millrace
