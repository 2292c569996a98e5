#include "millrace/structures/key.h"

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// Names lie in chunks that never move, so that a name is read without the lock: whoever has a key was handed it by
/// somebody who interned it before.
class NameTable {
 public:
  static NameTable& instance() {
    static NameTable table;
    return table;
  }

  int32_t intern(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    const size_t id = ids_.size();
    if (id == kChunks * kChunkSize) throw Error("there are more than 262144 different keys of samples and batches");
    auto& chunk = chunks_[id / kChunkSize];
    if (!chunk) chunk = std::make_unique<Chunk>();
    std::string& kept = (*chunk)[id % kChunkSize];
    kept = name;
    ids_.emplace(kept, static_cast<int32_t>(id));
    return static_cast<int32_t>(id);
  }

  const std::string& name(int32_t id) const {
    const auto place = static_cast<size_t>(id);
    return (*chunks_[place / kChunkSize])[place % kChunkSize];
  }

 private:
  static constexpr size_t kChunkSize = 256, kChunks = 1024;
  using Chunk = std::array<std::string, kChunkSize>;
  std::mutex mutex_;
  std::unordered_map<std::string_view, int32_t> ids_;
  std::array<std::unique_ptr<Chunk>, kChunks> chunks_;
};

}  // namespace

Key::Key(std::string_view name) : id_(NameTable::instance().intern(name)) {}

const std::string& Key::name() const { return NameTable::instance().name(id_); }

namespace keys {
const Key img("img");
const Key inputs("inputs");
const Key gt_label("gt_label");
const Key pred_score("pred_score");
const Key pred_label("pred_label");
const Key sample_idx("sample_idx");
}  // namespace keys

}  // namespace millrace
