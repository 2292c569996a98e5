#pragma once

#include <string>
#include <vector>

#include "millrace/cli/engine.h"

namespace millrace {

/// What checks of several configs found, each thing once: configs share their bases.
class ConfigFindings {
 public:
  void add(const ConfigReport& report);
  /// A config that cannot be read is a mistake.
  void add_unreadable(const Error& error);

  bool has_mistakes() const { return !mistakes_.empty(); }
  /// A line for each mistake, each absent component and each warning, and one with their numbers.
  std::string text() const;
  /// The same as one object a line, as docs/commands.md describes it.
  std::string json() const;

 private:
  Mistakes mistakes_, warnings_;
  Binder absent_;  // groups them
  int64_t configs_ = 0;
};

/// Of the configs of a folder: which ones this build has all components of, and what the others lack.
class ConfigCoverage {
 public:
  void add(const std::vector<AbsentComponent>& absent);
  /// A file without a model: part of other configs, and not counted.
  void add_part() { ++parts_; }
  void add_unreadable(const std::string& file, const Error& error);

  std::string text() const;
  std::string json() const;

 private:
  struct Lacking {
    std::string name, kind;
    int64_t configs = 0, mentions = 0;
  };
  /// The most frequent first.
  std::vector<Lacking> sorted() const;

  std::vector<Lacking> lacking_;
  std::vector<std::pair<std::string, std::string>> unreadable_;  // file, first line of what is wrong
  int64_t configs_ = 0, covered_ = 0, parts_ = 0;
};

}  // namespace millrace
