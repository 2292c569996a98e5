#include "millrace/data/dataset_memory.h"

#include <cstring>

namespace millrace {

DatasetMemory::DatasetMemory(const Sample& raw) {
  for (const Sample::Field& field : raw.fields()) {
    if (field.value.kind() != State::Kind::tensor) continue;
    const at::Tensor& tensor = field.value.tensor();
    if (!tensor.defined() || !tensor.has_storage() || !tensor.is_cpu()) continue;
    const bool is_shared = tensor.use_count() > 1 || tensor.storage().use_count() > 1;
    if (is_shared) parts_.push_back({field.key, tensor, tensor.clone(at::MemoryFormat::Contiguous)});
  }
}

std::string DatasetMemory::written() const {
  for (const Part& part : parts_) {
    const at::Tensor now = part.tensor.contiguous();
    if (std::memcmp(now.const_data_ptr(), part.before.const_data_ptr(), part.before.nbytes()) != 0)
      return "'" + part.key.name() + "'";
  }
  return "";
}

}  // namespace millrace
