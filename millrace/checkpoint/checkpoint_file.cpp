#include "millrace/checkpoint/checkpoint_file.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/Storage.h>
#include <fmt/format.h>

#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/checkpoint/file_weights.h"
#include "millrace/checkpoint/known_records.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "millrace/checkpoint/zip_reader.h"
#include "millrace/checkpoint/zip_writer.h"
#include "millrace/io/atomic_file.h"

namespace millrace {
namespace {

constexpr std::string_view kFormatVersion = "3\n";  // what torch.save has written since 1.6

std::string_view bytes_of(const PickledState::Block& block) {
  return {static_cast<const char*>(block.storage.data()), block.size_bytes};
}

/// Reads each storage once, however many tensors view it.
class StorageReader {
 public:
  explicit StorageReader(const ZipReader& zip, const std::string& path) : zip_(zip), path_(path) {}

  c10::Storage load(std::string_view key, int64_t size_bytes) {
    const ZipReader::Record* record = zip_.find(fmt::format("data/{}", key));
    if (!record) throw Error(Place(path_), fmt::format("the storage 'data/{}' is not in the file", key));
    if (record->size_bytes < size_bytes)
      throw Error(Place(path_), fmt::format("the storage 'data/{}' has {} bytes, its tensors need {}", key,
                                            record->size_bytes, size_bytes));
    const auto [it, is_new] = storages_.try_emplace(record);
    if (is_new) {
      const auto size = static_cast<size_t>(record->size_bytes);
      it->second = c10::Storage(c10::Storage::use_byte_size_t(), size, c10::GetCPUAllocator(), true);
      zip_.read(*record, {static_cast<char*>(it->second.mutable_data()), size});
    }
    return it->second;
  }

 private:
  const ZipReader& zip_;
  const std::string& path_;
  std::unordered_map<const ZipReader::Record*, c10::Storage> storages_;
};

void write_records(const PickledState& pickled, io::OutputFile& out) {
  ZipWriter zip(out);
  zip.add("data.pkl", pickled.pickle);
  zip.add("byteorder", "little");
  for (size_t i = 0; i < pickled.storages.size(); ++i)
    zip.add(fmt::format("data/{}", i), bytes_of(pickled.storages[i]));
  zip.add("version", kFormatVersion);
  zip.finish();
}

struct MemoryOutput final : io::OutputFile {
  void write(std::string_view data) override { content += data; }
  void sync() override {}
  std::string content;
};

}  // namespace

void save_checkpoint_file(const std::string& path, const State& state, io::FileSystem& files) {
  PickledState pickled;
  try {
    pickled = pickle_state(state);
  } catch (Error& error) {
    throw error.note(fmt::format("while writing {}", path));
  }
  io::AtomicFile file(path, files);
  write_records(pickled, file.output());
  file.commit([](const io::InputFile& written) { ZipReader verified(written); });
}

std::string checkpoint_content(const State& state) {
  MemoryOutput memory;
  write_records(pickle_state(state), memory);
  return std::move(memory.content);
}

State load_torch_file(const std::string& path) { return load_torch_file(*io::open_file(path)); }

State load_torch_file(const io::InputFile& file) {
  const ZipReader zip(file);
  if (zip.find("constants.pkl")) throw Error(Place(file.path()), "is a TorchScript model, not a file of torch.save");
  const ZipReader::Record* order = zip.find("byteorder");
  if (order && order->size_bytes < 16 && zip.read(*order) != "little")
    throw Error(Place(file.path()), "was written on a big-endian machine");
  constexpr int64_t kLargestPickle = int64_t{1} << 30;
  const ZipReader::Record& record = *zip.find("data.pkl");
  if (record.size_bytes > kLargestPickle)
    throw Error(Place(file.path()),
                fmt::format("data.pkl has {} bytes, {} at most are read", record.size_bytes, kLargestPickle));
  const std::string pickle = zip.read(record);
  StorageReader storages(zip, file.path());
  return read_pickle(pickle, file.path(), [&](std::string_view key, int64_t size) { return storages.load(key, size); });
}

State load_checkpoint_file(const std::string& path) { return load_checkpoint_file(*io::open_file(path)); }

State load_checkpoint_file(const io::InputFile& file) {
  State content = without_known_records(load_torch_file(file));
  weights_in(content, file.path());
  return content;
}

}  // namespace millrace
