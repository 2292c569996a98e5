#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace millrace {

/// The samples that a loader left out since they were empty, for the log. For several threads at once.
class LeftOut {
 public:
  /// `reason`: the text of its error. A sample counts once.
  void add(int64_t index, std::string reason);
  /// What came since the last call: "2 of 60 samples are left out, since they can't be read", then the first ten reasons
  /// in the order of the samples; "" if nothing came.
  std::string take_news(int64_t samples);

 private:
  std::mutex mutex_;
  std::set<int64_t> indices_;
  std::set<std::pair<int64_t, std::string>> news_;
};

}  // namespace millrace
