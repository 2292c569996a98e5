#include "millrace/checkpoint/data_meta.h"

#include <algorithm>
#include <initializer_list>

namespace millrace {

namespace {

bool has_texts(const State* names) {
  return names && names->is_sequence() && !names->items().empty() &&
         std::all_of(names->items().begin(), names->items().end(), [](const State& name) { return name.is_string(); });
}

}  // namespace

State data_meta_of(const State& checkpoint) {
  const State* meta = checkpoint.is_dict() ? checkpoint.find("meta") : nullptr;
  if (!meta || !meta->is_dict()) return State::dict();
  const State* noted = meta->find("dataset_meta");
  State result = noted && noted->is_dict() ? *noted : State::dict();
  for (const State* names :
       std::initializer_list<const State*>{result.find("classes"), result.find("CLASSES"), meta->find("CLASSES")})
    if (has_texts(names)) {
      State classes = *names;
      result["classes"] = std::move(classes);
      break;
    }
  return result;
}

}  // namespace millrace
