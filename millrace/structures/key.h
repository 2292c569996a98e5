#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The name of a field of samples and batches, interned: two keys of one name are equal integers, so that nothing in a
/// training step compares strings. Make it once, where it is used:
///
///     static const Key kDepth("gt_depth");
///     const at::Tensor& depth = batch.tensor(kDepth);
///
/// Names nest by dots: "gt_instances.bboxes" is "bboxes" in the group "gt_instances". Interning locks; reading a name,
/// a group or a leaf does not.
class Key {
 public:
  Key(std::string_view name);                                    // NOLINT: a key is its name
  Key(const char* name) : Key(std::string_view(name)) {}         // NOLINT
  Key(const std::string& name) : Key(std::string_view(name)) {}  // NOLINT

  const std::string& name() const;
  int32_t id() const { return id_; }
  friend bool operator==(Key a, Key b) { return a.id_ == b.id_; }

  /// What comes before the last dot: "gt_instances" of "gt_instances.bboxes".
  std::optional<Key> group() const;
  bool is_in(Key group) const { return this->group() == group; }
  /// What follows the last dot; the key itself where there is none.
  Key leaf() const;
  /// The key of the name `leaf` in this group. (It is looked up by two integers.)
  Key child(Key leaf) const;

 private:
  explicit Key(int32_t id) : id_(id) {}
  int32_t id_;
};

/// The keys that the engine itself reads or writes; they are MMCV's and MMEngine's names. Those of a task are in its zoo.
namespace keys {
extern const Key img;         // (H, W, C) uint8 in a sample; (N, C, H, W) in a batch
extern const Key inputs;      // what the network is fed, written by the data preprocessor
extern const Key sample_idx;  // int64, the place in the dataset
}  // namespace keys

}  // namespace millrace

template <>
struct std::hash<millrace::Key> {
  size_t operator()(millrace::Key key) const noexcept { return static_cast<size_t>(key.id()); }
};
