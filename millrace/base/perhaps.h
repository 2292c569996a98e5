#pragma once

#include <string>

#include "millrace/base/error.h"

namespace millrace {

/// A pointer to what may not be there, or not yet. Following it then throws Error, which says when it is there.
///
///     Perhaps<ProgressBar> shown(nullptr, "there is no bar: the output is no terminal");
///     if (shown) shown->clear();
///     shown->clear();  // throws that Error
template <class T>
class Perhaps {
 public:
  /// `absent` is the text of the error; it outlives the pointer.
  Perhaps(T* held, const char* absent) : held_(held), absent_(absent) {}
  T& operator*() const {
    if (!held_) throw Error(absent_);
    return *held_;
  }
  T* operator->() const { return &**this; }
  operator T*() const { return held_; }  // NOLINT: it is a pointer

 private:
  T* held_;
  const char* absent_;
};

}  // namespace millrace
