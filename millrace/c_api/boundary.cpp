#include "millrace/c_api/boundary.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>

#include "millrace/base/cpu_count.h"
#include "millrace/base/process_settings.h"
#include "millrace/base/run_in_the_way.h"
#include "millrace/cli/embedded.h"
#include "millrace/io/disk_failure.h"

namespace millrace::c_api {
namespace {

thread_local std::string last_error;

Handles<millrace_bytes, const std::string>& all_bytes() {
  static Handles<millrace_bytes, const std::string> bytes("bytes");
  return bytes;
}

/// libtorch puts the addresses of its own functions behind what went wrong.
std::string without_addresses(std::string text) {
  for (const char* mark : {"\nException raised from", "\nC++ CapturedTraceback:"})
    if (const size_t at = text.find(mark); at != std::string::npos) text.resize(at);
  return text;
}

/// What is called when the program ends, each once.
struct Endings {
  std::mutex mutex;
  std::vector<void (*)() noexcept> all;
};

Endings& endings() {
  static Endings known;
  return known;
}

void end_all() {
  std::vector<void (*)() noexcept> all;
  {
    const std::lock_guard lock(endings().mutex);
    all = endings().all;
  }
  for (void (*const end)() noexcept : all) end();
}

/// What belongs to a thread goes away before what belongs to the program.
struct EndsWithMainThread {
  ~EndsWithMainThread() {
    if (gettid() == getpid()) end_all();
  }
};

void watch_this_thread() { [[maybe_unused]] thread_local const EndsWithMainThread ends; }

// The thread that loads this library is the main one, as a rule.
[[maybe_unused]] const bool is_watched = [] {
  watch_this_thread();
  return true;
}();

}  // namespace

millrace_status failed(millrace_status code, const std::string& text) {
  last_error = text;
  return code;
}

millrace_status guarded(millrace_status code_of_errors, const std::function<void()>& body) noexcept {
  try {
    try {
      body();
      return MILLRACE_OK;
    } catch (const Refused& error) {
      return failed(error.code, error.what());
    } catch (const RunInTheWay& error) {
      return failed(MILLRACE_BUSY, error.what());
    } catch (const io::DiskFailure& error) {
      return failed(MILLRACE_IO, error.what());
    } catch (const Error& error) {
      const std::string& what = error.summary();
      const bool is_missing =
          what == "no such file" || what == "this file does not exist" || what.starts_with("cannot be opened");
      return failed(is_missing ? MILLRACE_IO : code_of_errors, error.what());
    } catch (const std::bad_alloc&) {
      return failed(MILLRACE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception& error) {
      return failed(MILLRACE_INTERNAL, without_addresses(error.what()));
    } catch (...) {
      return failed(MILLRACE_INTERNAL, "an unknown failure");
    }
  } catch (...) {  // no memory for the text
    return MILLRACE_OUT_OF_MEMORY;
  }
}

void need(const void* pointer, const char* name) {
  if (!pointer) throw Refused(MILLRACE_INVALID_ARGUMENT, std::string(name) + " is null");
}

std::vector<std::string> texts_of(const char* const* texts, int64_t count) {
  if (count < 0) throw Refused(MILLRACE_INVALID_ARGUMENT, "count is negative: " + std::to_string(count));
  if (count > 0) need(texts, "overrides");
  std::vector<std::string> copies;
  for (int64_t i = 0; i < count; ++i) {
    need(texts[i], ("overrides[" + std::to_string(i) + "]").c_str());
    copies.emplace_back(texts[i]);
  }
  return copies;
}

uint64_t next_handle() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

void at_end_of_program(void (*end)() noexcept) {
  {
    const std::lock_guard lock(endings().mutex);
    auto& all = endings().all;
    if (std::find(all.begin(), all.end(), end) == all.end()) all.push_back(end);
  }
  // For a program that another thread ends: objects that threads make from here on then go away before the call.
  std::atexit(end_all);
  watch_this_thread();
}

millrace_bytes* bytes_handle(std::string content) {
  return all_bytes().add(std::make_shared<const std::string>(std::move(content)));
}

}  // namespace millrace::c_api

namespace c_api = millrace::c_api;

int32_t millrace_abi_version(void) { return 1; }
const char* millrace_version(void) { return MILLRACE_VERSION; }
const char* millrace_last_error(void) { return c_api::last_error.c_str(); }

millrace_status millrace_configure(int32_t threads, int32_t deterministic, int32_t allocator) {
  return c_api::guarded(MILLRACE_UNAVAILABLE, [&] {
    if (threads < 0 || threads > millrace::kMostThreads)
      throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "threads must be 0 to " + std::to_string(millrace::kMostThreads) +
                                                          ", got " + std::to_string(threads));
    if (allocator != 0) millrace::keep_freed_memory();
    millrace::embedded_engine().configure({.threads = threads, .deterministic = deterministic != 0});
  });
}

millrace_status millrace_bytes_get(millrace_bytes* bytes, const void** data, int64_t* size) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(data, "data");
    c_api::need(size, "size");
    const auto content = c_api::all_bytes().find(bytes);
    *data = content->data();
    *size = static_cast<int64_t>(content->size());
  });
}

millrace_status millrace_bytes_close(millrace_bytes* bytes) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    if (!bytes) return;
    c_api::all_bytes().find(bytes);
    c_api::all_bytes().remove(bytes);
  });
}
