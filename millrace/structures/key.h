#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The name of a field of samples and batches, interned: two keys of one name are equal integers, so that nothing in a
/// training step compares strings.
///
///     const at::Tensor& depth = batch.tensor("gt_depth"_key);   // interned once, whoever runs this line and how often
///     static const Key kDepth("gt_depth");                      // the same, where several lines use it
///
/// Names nest by dots: "gt_instances.bboxes" is "bboxes" in the group "gt_instances". The constructor interns: it locks
/// and compares strings (13 ns, more where threads meet), so it is explicit and belongs where a component is made. A
/// literal costs 0.5 ns. Copying, comparing, reading a name, a group or a leaf do not lock.
class Key {
 public:
  explicit Key(std::string_view name);

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

namespace detail {
/// The characters of a literal as a template argument.
template <size_t N>
struct KeyLiteral {
  consteval KeyLiteral(const char (&literal)[N]) {  // NOLINT: a literal is what it holds
    for (size_t i = 0; i < N; ++i) characters[i] = literal[i];
  }
  char characters[N];
};
}  // namespace detail

/// `"name"_key`. Outside of millrace:  using namespace millrace::literals;
inline namespace literals {
template <detail::KeyLiteral kLiteral>
Key operator""_key() {
  static const Key key(kLiteral.characters);
  return key;
}
}  // namespace literals

/// The keys that the engine itself reads or writes; they are MMCV's and MMEngine's names. Those of a task are in its zoo.
namespace keys {
extern const Key img;         // (H, W, C) uint8 in a sample; (N, C, H, W) in a batch
extern const Key inputs;      // what the network is fed, written by the data preprocessor
extern const Key sample_idx;  // int64, the place in the dataset
extern const Key view_of;  // (N) int64: of which sample of the batch a row is a view, where there are several a sample
}  // namespace keys

}  // namespace millrace

template <>
struct std::hash<millrace::Key> {
  size_t operator()(millrace::Key key) const noexcept { return static_cast<size_t>(key.id()); }
};
