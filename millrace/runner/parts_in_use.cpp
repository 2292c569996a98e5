#include "millrace/runner/parts_in_use.h"

#include <map>
#include <mutex>
#include <thread>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// Of the process: a Runner knows nothing of the others.
struct UsedParts {
  struct Use {
    std::thread::id thread;
    int times = 0;
  };
  std::mutex mutex;
  std::map<const void*, Use> parts;

  static UsedParts& instance() {
    static UsedParts parts;
    return parts;
  }
};

}  // namespace

void PartsInUse::take(const void* part, const std::string& name) {
  UsedParts& used = UsedParts::instance();
  const std::lock_guard lock(used.mutex);
  UsedParts::Use& use = used.parts[part];
  if (use.times > 0 && use.thread != std::this_thread::get_id())
    throw Error(name + " is used by another Runner, which runs in another thread")
        .note("two runs at a time need instances of their own; several ranks, too");
  use.thread = std::this_thread::get_id();
  ++use.times;
  parts_.push_back(part);
}

PartsInUse::~PartsInUse() {
  UsedParts& used = UsedParts::instance();
  const std::lock_guard lock(used.mutex);
  for (const void* part : parts_)
    if (const auto use = used.parts.find(part); --use->second.times == 0) used.parts.erase(use);
}

}  // namespace millrace
