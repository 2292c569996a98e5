#include "millrace/structures/key.h"

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// Names are in chunks that never move, so that a name is read without the lock: whoever has a key was handed it by
/// somebody who interned it before.
class NameTable {
 public:
  struct Name {
    std::string text;
    int32_t group = -1;  // of the name before the last dot; -1: there is no dot
    int32_t leaf = -1;   // of the name behind it; -1: there is no dot
  };

  static NameTable& instance() {
    static NameTable table;
    return table;
  }

  int32_t intern(std::string_view name) {
    const std::lock_guard lock(mutex_);
    return interned(name);
  }

  int32_t child(int32_t group, int32_t leaf) {
    const std::lock_guard lock(mutex_);
    const uint64_t both = static_cast<uint64_t>(group) << 32 | static_cast<uint32_t>(leaf);
    const auto [it, is_new] = children_.try_emplace(both, -1);
    if (is_new) it->second = interned(at(group).text + "." + at(leaf).text);
    return it->second;
  }

  const Name& at(int32_t id) const {
    const auto place = static_cast<size_t>(id);
    return (*chunks_[place / kChunkSize])[place % kChunkSize];
  }

 private:
  static constexpr size_t kChunkSize = 256, kChunks = 1024;
  using Chunk = std::array<Name, kChunkSize>;

  int32_t interned(std::string_view name) {
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    Name entry{std::string(name)};
    if (const size_t dot = name.rfind('.'); dot != std::string_view::npos) {
      entry.group = interned(name.substr(0, dot));
      entry.leaf = interned(name.substr(dot + 1));
    }
    const size_t id = ids_.size();
    if (id == kChunks * kChunkSize) throw Error("there are more than 262144 different keys of samples and batches");
    auto& chunk = chunks_[id / kChunkSize];
    if (!chunk) chunk = std::make_unique<Chunk>();
    Name& kept = (*chunk)[id % kChunkSize] = std::move(entry);
    ids_.emplace(kept.text, static_cast<int32_t>(id));
    return static_cast<int32_t>(id);
  }

  std::mutex mutex_;
  std::unordered_map<std::string_view, int32_t> ids_;
  std::unordered_map<uint64_t, int32_t> children_;
  std::array<std::unique_ptr<Chunk>, kChunks> chunks_;
};

}  // namespace

Key::Key(std::string_view name) : id_(NameTable::instance().intern(name)) {}

const std::string& Key::name() const { return NameTable::instance().at(id_).text; }

std::optional<Key> Key::group() const {
  const int32_t group = NameTable::instance().at(id_).group;
  return group < 0 ? std::nullopt : std::optional(Key(group));
}

Key Key::leaf() const {
  const int32_t leaf = NameTable::instance().at(id_).leaf;
  return leaf < 0 ? *this : Key(leaf);
}

Key Key::child(Key leaf) const { return Key(NameTable::instance().child(id_, leaf.id_)); }

namespace keys {
const Key img("img");
const Key inputs("inputs");
const Key sample_idx("sample_idx");
const Key view_of("view_of");
}  // namespace keys

}  // namespace millrace
