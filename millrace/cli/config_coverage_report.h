#pragma once

#include <string>
#include <utility>
#include <vector>

#include "millrace/cli/engine.h"

namespace millrace {

/// A report on the configs of some folders: how many use only components of this build, what the others lack, and which
/// components would make most of them run.
class ConfigCoverage {
 public:
  /// A whole config, and the components that it names and this build does not have.
  void add(const std::vector<AbsentComponent>& absent);
  /// A file that is only a part of other configs; it is not counted.
  void add_part() { ++parts_; }
  void add_unreadable(const std::string& file, const Error& error);

  /// `next` is the number of components to choose; 0 for none.
  std::string text(int64_t next) const;
  /// The same as one object a line, as docs/commands.md describes it.
  std::string json(int64_t next) const;

 private:
  struct Component {
    std::string name, kind;
    int64_t configs = 0, mentions = 0;
  };
  /// Sorted by number of configs and of mentions, descending, then by name.
  std::vector<const Component*> sorted() const;
  /// The components that make most configs run (next_items.h), and for each how many run with it and those before it.
  std::vector<std::pair<const Component*, int64_t>> chosen(int64_t count) const;

  std::vector<Component> components_;                            // that are lacking
  std::vector<std::vector<size_t>> lacks_;                       // by config: indices of components_, ascending
  std::vector<std::pair<std::string, std::string>> unreadable_;  // file, first line of the error
  int64_t covered_ = 0, parts_ = 0;
};

}  // namespace millrace
