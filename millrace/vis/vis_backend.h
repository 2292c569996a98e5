#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "millrace/registry/registry.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Scalars of one moment, in the order in which they are shown; values are numbers, bools, strings or none.
using ScalarRecord = std::vector<std::pair<std::string, State>>;

/// Where the numbers of a run go: a file of lines, an event file, a server.
class VisBackend {
 public:
  static constexpr const char* kKind = "VisBackend";
  using Registry = millrace::Registry<VisBackend>;

  virtual ~VisBackend() = default;
  /// Called once before anything else. `folder` exists; a backend makes what it needs below it.
  virtual void open(const std::filesystem::path& folder) = 0;
  virtual void add_config(const std::string& text) { static_cast<void>(text); }
  /// A backend may keep some records until flush(), which is called several times a second.
  virtual void add_scalars(const ScalarRecord& record, int64_t step) = 0;
  virtual void flush() {}
  /// Where the backend stands, all being flushed, so that a resume can cut what came after: none if it cannot be cut.
  virtual State position() const { return {}; }
  /// Cuts what was written after `position`, which position() gave in an earlier process.
  virtual void rewind(const State& position) { static_cast<void>(position); }
  virtual void close() {}
};

}  // namespace millrace
