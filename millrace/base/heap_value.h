#pragma once

#include <memory>
#include <utility>

namespace millrace {

/// A value on the heap that copies like a value: for a type that contains itself. After a move, assign to it or destroy
/// it.
template <class T>
class HeapValue {
 public:
  explicit HeapValue(T value) : value_(std::make_unique<T>(std::move(value))) {}
  HeapValue(const HeapValue& other) : value_(std::make_unique<T>(*other.value_)) {}
  HeapValue(HeapValue&& other) noexcept = default;
  HeapValue& operator=(const HeapValue& other) { return *this = HeapValue(other); }
  HeapValue& operator=(HeapValue&& other) noexcept = default;
  ~HeapValue() = default;
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }

 private:
  std::unique_ptr<T> value_;  // null only after a move
};

}  // namespace millrace
