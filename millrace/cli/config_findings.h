#pragma once

#include <string>
#include <vector>

#include "millrace/cli/engine.h"

namespace millrace {

/// "PLACE: WHAT" on one line; if no near name is suggested, all names follow in brackets.
std::string one_line(const Error& error);

/// The findings in several configs, each once, since configs share their bases.
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

}  // namespace millrace
