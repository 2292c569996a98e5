#include <c10/core/CPUAllocator.h>

#include <map>

#include "millrace/base/error.h"
#include "millrace/checkpoint/known_records.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

bool pickle(std::string_view bytes) {
  std::map<std::string, c10::Storage, std::less<>> storages;
  const auto load_storage = [&](std::string_view key, int64_t size_bytes) {
    constexpr int64_t kSize = 64;
    if (size_bytes > kSize || key.size() > 1) throw Error("no such storage");
    auto found = storages.find(key);
    if (found == storages.end()) {
      c10::Storage storage(c10::Storage::use_byte_size_t(), kSize, c10::GetCPUAllocator(), true);
      std::fill_n(static_cast<char*>(storage.mutable_data()), kSize, '\1');
      found = storages.emplace(key, std::move(storage)).first;
    }
    return found->second;
  };
  try {
    pickle_state(without_known_records(read_pickle(bytes, "x.pth", load_storage)));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
