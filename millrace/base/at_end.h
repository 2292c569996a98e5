#pragma once

#include <utility>

namespace millrace {

/// Does something when a block is left, by an exception, too.
///
///     const AtEnd count([&] { ++finished; });
///
/// What is done must not throw.
template <class Body>
class AtEnd {
 public:
  explicit AtEnd(Body body) : body_(std::move(body)) {}
  ~AtEnd() { body_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Body body_;
};

/// Runs `body` and then `last`, though `body` throws: as AtEnd, for what may throw itself. Then the last exception goes
/// on.
template <class Body, class Last>
void in_any_case(Body&& body, Last&& last) {
  try {
    body();
  } catch (...) {
    last();
    throw;
  }
  last();
}

}  // namespace millrace
