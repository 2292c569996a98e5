#include "millrace/checkpoint/file_weights.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

/// What in a dict of weights is not a tensor: "" if all are.
std::string flaw_of_weights(const State& weights) {
  if (!weights.is_dict()) return fmt::format("is a {}", weights.kind_name());
  for (const State::Item& item : weights.entries()) {
    if (!item.key.is_string()) return fmt::format("has a key that is a {}", item.key.kind_name());
    const std::string& name = item.key.string();
    const bool is_extra = name == "_extra_state" || name.ends_with("._extra_state");  // torch.nn.Module's own exception
    if (!item.value.is_tensor() && !is_extra) return fmt::format("holds a {} as '{}'", item.value.kind_name(), name);
  }
  return "";
}

bool is_set_of_weights(const State& value) {
  return value.is_dict() && !value.entries().empty() && flaw_of_weights(value).empty();
}

}  // namespace

FileWeights weights_in(const State& file, const std::string& path) {
  if (!file.is_dict()) throw Error(Place(path), fmt::format("holds a {}, not a checkpoint", file.kind_name()));
  FileWeights found;
  if (const State* weights = file.find("state_dict")) {
    const std::string flaw = flaw_of_weights(*weights);
    if (!flaw.empty()) throw Error(Place(path), fmt::format("its 'state_dict' is not a dict of tensors: it {}", flaw));
    found.main = {"state_dict", weights};
  } else if (is_set_of_weights(file)) {
    found.main = {"", &file};
    return found;
  }
  std::vector<std::string> names;
  for (const State::Item& item : file.entries()) {
    if (!item.key.is_string()) continue;
    const std::string& key = item.key.string();
    if (names.size() < 10) names.push_back(key);
    if (key != "state_dict" && is_set_of_weights(item.value)) found.others.push_back({key, &item.value});
  }
  if (found.main.weights) return found;
  if (found.others.empty())
    throw Error(Place(path), "has no weights: no 'state_dict', and it is not a dict of tensors itself")
        .note(names.empty() ? "it is empty" : fmt::format("keys: {}", join(names)));
  if (found.others.size() == 1) {
    found.main = found.others[0];
    found.others.clear();
  }
  return found;
}

}  // namespace millrace
