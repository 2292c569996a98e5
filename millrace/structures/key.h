#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// The interned name of a field of samples and batches. Keys with the same name are the same integer, so a training
/// step compares no strings.
///
///     const at::Tensor& depth = batch.tensor("gt_depth"_key);   // interned once, however often it runs
///     static const Key kDepth("gt_depth");                      // the same, for use in several lines
///
/// Names nest by dots: "gt_instances.bboxes" is "bboxes" in the group "gt_instances". The constructor interns: it locks
/// and compares strings (13 ns, more if threads compete), so it is explicit; use it where a component is made. A
/// literal costs 0.5 ns. Copying, comparing, and reading a name, a group or a leaf do not lock.
class Key {
 public:
  explicit Key(std::string_view name);

  const std::string& name() const;
  int32_t id() const { return id_; }
  friend bool operator==(Key a, Key b) { return a.id_ == b.id_; }

  /// The part before the last dot: "gt_instances" of "gt_instances.bboxes".
  std::optional<Key> group() const;
  bool is_in(Key group) const { return this->group() == group; }
  /// The part after the last dot; the key itself if it has no dot.
  Key leaf() const;
  /// The key `leaf` in this group, looked up by two integers.
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

/// The keys that the engine itself reads or writes, with the names of MMCV and MMEngine. The keys of a task are in its
/// zoo.
namespace keys {
extern const Key img;         // (H, W, C) uint8 in a sample; (N, C, H, W) in a batch
extern const Key inputs;      // the input of the network, written by the data preprocessor
extern const Key sample_idx;  // int64, the place in the dataset
extern const Key view_of;     // (N) int64: the sample of the batch whose view the row is, if samples have several views
}  // namespace keys

}  // namespace millrace

template <>
struct std::hash<millrace::Key> {
  size_t operator()(millrace::Key key) const noexcept { return static_cast<size_t>(key.id()); }
};
