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

/// Scalars of one moment, in the order in which they are shown; values are numbers, bools, strings or None.
using ScalarRecord = std::vector<std::pair<std::string, State>>;

/// A destination for scalars, images and texts of a run: a file of lines, an event file, a server. A backend overrides
/// what it supports.
class VisBackend {
 public:
  static constexpr const char* kKind = "VisBackend";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::seldom};
  using Registry = millrace::Registry<VisBackend>;

  virtual ~VisBackend() = default;
  /// Called first, once. `folder` exists; a backend makes its files and folders in it.
  virtual void open(const std::filesystem::path& folder) = 0;
  /// The run's config as Python source. It comes again when a run is resumed.
  virtual void add_config(const std::string& text) { static_cast<void>(text); }
  /// `name` may have slashes; the caller decides what `step` counts.
  virtual void add_image(const std::string& name, const RgbImage& image, int64_t step);
  /// Text in Markdown.
  virtual void add_text(const std::string& name, const std::string& text, int64_t step);
  /// A backend may keep some records until flush(), which is called several times a second.
  virtual void add_scalars(const ScalarRecord& record, int64_t step) = 0;
  virtual void flush() {}
  /// The file with the scalars as lines of JSON, one record per line; nothing if the backend has no such file.
  virtual std::optional<std::filesystem::path> scalars_file() const { return std::nullopt; }
  /// How far the backend has written, after a flush, so that a resume can cut later records; None if it can't cut.
  virtual State position() const { return {}; }
  /// Cuts all records after `position`, which position() gave in an earlier process.
  virtual void rewind(const State& position) { static_cast<void>(position); }
  virtual void close() {}
};

inline void VisBackend::add_image(const std::string&, const RgbImage&, int64_t) {}
inline void VisBackend::add_text(const std::string&, const std::string&, int64_t) {}

}  // namespace millrace
