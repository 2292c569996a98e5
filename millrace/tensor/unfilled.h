#pragma once

#include <cstdint>
#include <memory>

namespace millrace {

/// While it lives, networks that this thread makes cost next to nothing: uniform_ and normal_ leave every tensor as it
/// is, constants are not written into large ones, and so their memory is never touched. Small tensors (up to 1,024
/// elements) get their constants, since a constructor may read them. The default generator is not drawn from.
///
///     const UnfilledTensors unfilled({.bytes = int64_t{1} << 36});
///     try { net = std::make_shared<MyNet>(); } catch (...) { if (!unfilled.exceeded()) throw; }
///
/// Once the tensors made in it have more bytes or are more in number than the limit, the next one throws.
class UnfilledTensors {
 public:
  struct Limit {
    int64_t bytes = INT64_MAX;
    int64_t tensors = INT64_MAX;
  };
  UnfilledTensors() : UnfilledTensors(Limit{}) {}
  explicit UnfilledTensors(Limit limit);
  ~UnfilledTensors();
  UnfilledTensors(const UnfilledTensors&) = delete;
  UnfilledTensors& operator=(const UnfilledTensors&) = delete;

  /// Whether the limit was reached.
  bool exceeded() const;

  struct Count;

 private:
  struct Scope;
  std::unique_ptr<Scope> scope_;
};

}  // namespace millrace
