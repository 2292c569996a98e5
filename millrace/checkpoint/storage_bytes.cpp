#include "millrace/checkpoint/storage_bytes.h"

#include <c10/core/CPUAllocator.h>
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "millrace/base/error.h"
#include "millrace/checkpoint/dtype_names.h"
#include "millrace/checkpoint/pickle_calls.h"
#include "millrace/checkpoint/pickle_machine.h"
#include "millrace/checkpoint/pickle_opcodes.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "millrace/checkpoint/zip_format.h"

namespace millrace {
namespace {

// torch/serialization.py: MAGIC_NUMBER and PROTOCOL_VERSION.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kVersion = 1001;
constexpr const char* kKey = "0";
// No pickle before the data is longer. The limit also ends bytes in bytes in bytes early.
constexpr size_t kLongestPart = 4096;

State large_integer(std::string_view digits) {
  return State::Record{"int", State::tuple({State::Bytes{std::string(digits)}}), nullptr, nullptr};
}

State machine_facts() {
  return State::dict({{"protocol_version", kVersion},
                      {"little_endian", true},
                      {"type_sizes", State::dict({{"short", 2}, {"int", 4}, {"long", 4}})}});
}

/// A pickle of the persistent id of one storage.
std::string pickled_storage(const std::string& type, int64_t elements) {
  std::string out = {opcode::kProto, '\2', opcode::kMark};
  const auto put_text = [&](std::string_view text) {
    out += opcode::kBinUnicode;
    zip::put<uint32_t>(out, static_cast<uint32_t>(text.size()));
    out += text;
  };
  put_text("storage");
  out += opcode::kGlobal + ("torch\n" + type + "\n");
  put_text(kKey);
  put_text("cpu");
  out += opcode::kLong1;
  out += '\x8';
  zip::put<uint64_t>(out, static_cast<uint64_t>(elements));
  out += opcode::kNone;  // not a view of another storage
  out += opcode::kTuple;
  out += opcode::kBinPersId;
  out += opcode::kStop;
  return out;
}

/// Reads one pickle after the other.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  std::string_view rest() const { return rest_; }

  /// Calls `use` with the object of the next pickle.
  template <class Use>
  void next(const StorageLoader& load_storage, const Use& use) {
    const std::string_view part = rest_.substr(0, kLongestPart);
    PickleGraph graph(part.size());
    try {
      PickleMachine machine(part, "", graph, load_storage);
      const PickleGraph::Ref root = machine.run();
      rest_.remove_prefix(machine.position());
      use(graph, root);
    } catch (const Error& error) {
      throw std::invalid_argument("the bytes of a storage: " + error.summary());
    }
  }

 private:
  std::string_view rest_;
};

c10::Storage no_storage(std::string_view, int64_t) {
  throw std::invalid_argument("a storage where the bytes of a storage have none");
}

}  // namespace

std::string storage_bytes(const at::Tensor& tensor) {
  const DtypeNames* names = find_dtype(tensor.scalar_type());
  MILLRACE_ASSERT(names && tensor.is_contiguous() && tensor.is_cpu(), "not the memory of one storage");
  const bool has_class = !names->storage_class.empty();
  const auto size_bytes = static_cast<size_t>(tensor.nbytes());
  const auto elements = has_class ? tensor.numel() : static_cast<int64_t>(size_bytes);
  std::string out =
      pickle_state(large_integer(kMagic)).pickle + pickle_state(kVersion).pickle + pickle_state(machine_facts()).pickle;
  out += pickled_storage(has_class ? std::string(names->storage_class) : "ByteStorage", elements);
  out += pickle_state(State::list({kKey})).pickle;
  zip::put<uint64_t>(out, static_cast<uint64_t>(elements));
  if (size_bytes > 0) out.append(static_cast<const char*>(tensor.const_data_ptr()), size_bytes);
  return out;
}

PickleStorage storage_of_bytes(std::string_view bytes) {
  using Kind = PickleGraph::Kind;
  Parts parts(bytes);
  const auto expect = [](bool is_right) {
    if (!is_right) throw std::invalid_argument("the bytes of a storage are not those of torch.save");
  };
  parts.next(no_storage, [&](const PickleGraph& graph, PickleGraph::Ref root) {
    expect(graph[root].kind == Kind::large_integer && graph[root].text == kMagic);
  });
  parts.next(no_storage, [&](const PickleGraph& graph, PickleGraph::Ref root) {
    expect(graph[root].kind == Kind::integer && graph[root].integer == kVersion);
  });
  parts.next(no_storage,
             [&](const PickleGraph& graph, PickleGraph::Ref root) { expect(graph[root].kind == Kind::dict); });
  PickleStorage storage;
  std::string key;
  int64_t size_bytes = 0;
  const auto allocate = [&](std::string_view named, int64_t size) {
    expect(key.empty() && size <= static_cast<int64_t>(bytes.size()));
    key = named, size_bytes = size;
    return c10::Storage(c10::Storage::use_byte_size_t(), static_cast<size_t>(size), c10::GetCPUAllocator(), true);
  };
  parts.next(allocate, [&](const PickleGraph& graph, PickleGraph::Ref root) {
    expect(graph[root].kind == Kind::storage);
    storage = graph.storage(root);
  });
  parts.next(no_storage, [&](const PickleGraph& graph, PickleGraph::Ref root) {
    const PickleGraph::Node& list = graph[root];
    expect(list.kind == Kind::list && list.children.size() == 1);
    expect(graph[list.children[0]].kind == Kind::text && graph[list.children[0]].text == key);
  });
  const std::string_view data = parts.rest();
  expect(data.size() == sizeof(uint64_t) + static_cast<size_t>(size_bytes) &&
         zip::get<uint64_t>(data, 0) == static_cast<uint64_t>(storage.elements));
  if (size_bytes > 0) std::memcpy(storage.storage.mutable_data(), data.data() + sizeof(uint64_t), data.size() - 8);
  return storage;
}

}  // namespace millrace
