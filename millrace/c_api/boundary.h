#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/c_api/base.h"

namespace millrace::c_api {

/// An error whose code is known where it is thrown.
class Refused final : public Error {
 public:
  Refused(millrace_status code, std::string text) : Error(std::move(text)), code(code) {}
  millrace_status code;
};

/// Notes the text for millrace_last_error().
millrace_status failed(millrace_status code, const std::string& text);
/// Runs the body of a function of the interface; what it throws becomes a code, that of millrace::Error `code_of_errors`.
millrace_status guarded(millrace_status code_of_errors, const std::function<void()>& body) noexcept;

/// Throws Refused if a pointer is null.
void need(const void* pointer, const char* name);
/// The texts of a list that may be null.
std::vector<std::string> texts_of(const char* const* texts, int64_t count);
/// A number that no handle had.
uint64_t next_handle();

/// The open handles of a kind. Closed ones are not found, and live until the last call on them has ended.
template <class Handle, class Object>
class Handles {
 public:
  explicit Handles(const char* kind) : kind_(kind) {}

  Handle* add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    const uint64_t number = next_handle();
    objects_[number] = std::move(object);
    return reinterpret_cast<Handle*>(number);  // NOLINT: a number, never followed
  }
  std::shared_ptr<Object> find(const Handle* handle) const {
    need(handle, kind_);
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<uint64_t>(handle));
    if (found == objects_.end())
      throw Refused(MILLRACE_INVALID_ARGUMENT,
                    std::string("the handle is not an open ") + kind_ + ": it was closed, or is of another kind");
    return found->second;
  }
  /// Closes all; gives them.
  std::vector<std::shared_ptr<Object>> take_all() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Object>> open;
    for (auto& [number, object] : objects_) open.push_back(std::move(object));
    objects_.clear();
    return open;
  }
  void remove(const Handle* handle) {
    const std::lock_guard lock(mutex_);
    objects_.erase(reinterpret_cast<uint64_t>(handle));
  }

 private:
  const char* kind_;
  mutable std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Object>> objects_;
};

/// Calls `end` at the end of the program, before what libraries have made up to now goes away; perhaps several times.
void at_end_of_program(void (*end)() noexcept);

/// Bytes for the caller.
millrace_bytes* bytes_handle(std::string content);

}  // namespace millrace::c_api
