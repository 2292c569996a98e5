// The entry of libFuzzer; a target is this file and the reader MILLRACE_FUZZED.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::fuzz::MILLRACE_FUZZED({reinterpret_cast<const char*>(data), size});
  return 0;
}
