#pragma once

#include <string>
#include <vector>

namespace millrace {

/// Instances that one call of a Runner uses: a model, a loader, a stream, a metric. While it lives, no other thread can
/// take them, since two of them would write into the same weights or sums.
class PartsInUse {
 public:
  PartsInUse() = default;
  ~PartsInUse();
  PartsInUse(const PartsInUse&) = delete;
  PartsInUse& operator=(const PartsInUse&) = delete;

  /// Throws Error if a Runner in another thread uses the part. `name`: "the model".
  void take(const void* part, const std::string& name);

 private:
  std::vector<const void*> parts_;
};

}  // namespace millrace
