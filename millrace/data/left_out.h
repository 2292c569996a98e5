#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace millrace {

/// What a loader has to tell of its samples, for the log: those that it left out since they were empty, and a transform
/// that writes into the dataset. For several threads at once.
class LeftOut {
 public:
  /// `reason`: the text of its error. A sample counts once.
  void add(int64_t index, std::string reason);
  /// Something else, which is told once.
  void warn(std::string text);
  /// What came since the last call: "2 of 60 samples are left out, since they can't be read", then the first ten reasons
  /// in the order of the samples; "" if nothing came.
  std::string take_news(int64_t samples);

 private:
  std::mutex mutex_;
  std::set<int64_t> indices_;
  std::set<std::pair<int64_t, std::string>> news_;
  std::string warning_;
  bool is_warned_ = false;
};

}  // namespace millrace
