#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/registry/registry.h"
#include "millrace/tensor/state.h"

namespace millrace {

class RgbImage;

/// Scalars of one moment, in the order in which they are shown; values are numbers, bools, strings or none.
using ScalarRecord = std::vector<std::pair<std::string, State>>;

/// Where what a run has to show goes: a file of lines, an event file, a server. A backend overrides what it can take.
class VisBackend {
 public:
  static constexpr const char* kKind = "VisBackend";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<VisBackend>;

  virtual ~VisBackend() = default;
  /// Called once before anything else. `folder` exists; a backend makes what it needs below it.
  virtual void open(const std::filesystem::path& folder) = 0;
  /// The run's config as Python source. Comes again in a run that goes on.
  virtual void add_config(const std::string& text) { static_cast<void>(text); }
  /// `name` may have slashes; "step" counts as the caller counts.
  virtual void add_image(const std::string& name, const RgbImage& image, int64_t step);
  /// Text in Markdown.
  virtual void add_text(const std::string& name, const std::string& text, int64_t step);
  /// A backend may keep some records until flush(), which is called several times a second.
  virtual void add_scalars(const ScalarRecord& record, int64_t step) = 0;
  virtual void flush() {}
  /// The file of lines of JSON that the scalars are in, one record a line; nothing if there is none.
  virtual std::optional<std::filesystem::path> scalars_file() const { return std::nullopt; }
  /// How far the backend has written, all being flushed, so that a resume can cut what came after: none if it cannot be cut.
  virtual State position() const { return {}; }
  /// Cuts what was written after `position`, which position() gave in an earlier process.
  virtual void rewind(const State& position) { static_cast<void>(position); }
  virtual void close() {}
};

inline void VisBackend::add_image(const std::string&, const RgbImage&, int64_t) {}
inline void VisBackend::add_text(const std::string&, const std::string&, int64_t) {}

}  // namespace millrace
