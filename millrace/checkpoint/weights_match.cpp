#include "millrace/checkpoint/weights_match.h"

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <unordered_map>
#include <unordered_set>

#include "millrace/base/text.h"

namespace millrace {
namespace {

constexpr size_t kLongestTensorName = 2000;  // std::regex recurses once a character
constexpr size_t kMostLines = 30;

/// Python's way of naming a group, in that of ECMAScript.
std::string replacement_of(const std::string& python) {
  std::string text;
  for (size_t i = 0; i < python.size(); ++i) {
    const char next = i + 1 < python.size() ? python[i + 1] : '\0';
    if (python[i] == '$') {
      text += "$$";
    } else if (python[i] == '\\' && next == 'g' && python.find('>', i) != std::string::npos) {
      const size_t end = python.find('>', i);
      text += "$" + python.substr(std::min(i + 3, end), end - std::min(i + 3, end));
      i = end;
    } else if (python[i] == '\\' && next >= '0' && next <= '9') {
      text += std::string("$") + next;
      ++i;
    } else if (python[i] == '\\' && next != '\0') {
      text += next;
      ++i;
    } else {
      text += python[i];
    }
  }
  return text;
}

class Revisions {
 public:
  explicit Revisions(std::span<const ReviseKey> revise_keys) {
    if (const std::string flaw = flaw_of(revise_keys); !flaw.empty()) throw Error("revise_keys: " + flaw);
    for (const auto& [pattern, replacement] : revise_keys)
      compiled_.emplace_back(std::regex(pattern), replacement_of(replacement));
  }

  std::string apply(std::string name) const {
    for (const auto& [pattern, replacement] : compiled_) name = std::regex_replace(name, pattern, replacement);
    return name;
  }

 private:
  std::vector<std::pair<std::regex, std::string>> compiled_;
};

std::string text_of_shape(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

bool is_batch_count(std::string_view name) {
  return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
}

/// The name without what wrappers of PyTorch put into it.
std::string unwrapped(std::string name) {
  for (const std::string_view wrapper : {"_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."}) {
    for (size_t at = name.find(wrapper); at != std::string::npos; at = name.find(wrapper, at)) {
      if (at == 0 || name[at - 1] == '.') name.erase(at, wrapper.size());
      else ++at;
    }
  }
  constexpr std::string_view kDataParallel = "module.";
  while (name.starts_with(kDataParallel)) name.erase(0, kDataParallel.size());
  return name;
}

/// A pattern that finds the text alone.
std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char letter : text) {
    if (std::string_view(R"(.^$|()[]{}*+?\)").find(letter) != std::string_view::npos) pattern += '\\';
    pattern += letter;
  }
  return pattern;
}

/// A beginning of names in `longer` without which more than half of `shorter` would be there; "" if there is none.
std::string common_beginning(const std::vector<std::string>& longer, const std::vector<std::string>& shorter) {
  const std::unordered_set<std::string> names(longer.begin(), longer.end()), rests(shorter.begin(), shorter.end());
  std::unordered_set<std::string> tried;
  for (const std::string& name : longer) {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      std::string beginning = name.substr(0, dot + 1);
      if (!rests.contains(name.substr(dot + 1)) || !tried.insert(beginning).second) continue;
      const auto n =
          std::count_if(rests.begin(), rests.end(), [&](auto& rest) { return names.contains(beginning + rest); });
      if (static_cast<size_t>(n) * 2 > rests.size()) return beginning;
    }
  }
  return "";
}

/// Names of tensors that do not fit, each with what is wrong with it.
std::vector<std::pair<std::string, std::string>> flaws_of(const WeightsMatch& match) {
  std::vector<std::pair<std::string, std::string>> flaws;
  size_t widest = 0;
  for (const auto& mismatch : match.mismatches) widest = std::max(widest, text_of_shape(mismatch.file_shape).size());
  for (const auto& mismatch : match.mismatches)
    flaws.emplace_back(mismatch.name, fmt::format("file {:<{}}  model {}", text_of_shape(mismatch.file_shape), widest,
                                                  text_of_shape(mismatch.model_shape)));
  for (const std::string& name : match.missing) flaws.emplace_back(name, "not in the file");
  for (const std::string& name : match.unexpected) flaws.emplace_back(name, "not in the model");
  return flaws;
}

void add_flaws(const WeightsMatch& match, const std::function<void(std::string)>& add) {
  const auto flaws = flaws_of(match);
  const size_t shown = flaws.size() > kMostLines ? kMostLines - 1 : flaws.size();
  size_t widest = 0;
  for (size_t i = 0; i < shown; ++i) widest = std::max(widest, flaws[i].first.size());
  for (size_t i = 0; i < shown; ++i) add(fmt::format("{:<{}}  {}", flaws[i].first, widest, flaws[i].second));
  if (shown < flaws.size()) add(fmt::format("and {} more", flaws.size() - shown));
}

}  // namespace

std::string flaw_of(std::span<const ReviseKey> revise_keys) {
  for (const auto& [pattern, replacement] : revise_keys) {
    try {
      const std::regex readable(pattern);
    } catch (const std::regex_error& error) {
      return fmt::format("the pattern '{}' cannot be read: {}", pattern, error.what());
    }
  }
  return "";
}

std::string as_python_list(std::span<const ReviseKey> revise_keys) {
  std::string text;
  for (const auto& [pattern, replacement] : revise_keys)
    text += fmt::format("{}(r'{}', '{}')", text.empty() ? "" : ", ", pattern, replacement);
  return "[" + text + "]";
}

std::string as_call(std::span<const ReviseKey> revise_keys) {
  std::string text;
  for (const auto& [pattern, replacement] : revise_keys)
    text += fmt::format("{}{{R\"({})\", \"{}\"}}", text.empty() ? "" : ", ", pattern, replacement);
  return ".revise_keys = {" + text + "}";
}

void WeightsMisfit::word(const WeightsWords& words) {
  if (!revision.empty() && words.revise) help(words.revise(revision));
  else if (loadable > 0 && !words.loosen.empty())
    help(fmt::format("{} loads the other {} and keeps these as initialised", words.loosen, loadable));
  else help("");
}

std::vector<ReviseKey> WeightsMatch::better_keys() const {
  std::vector<ReviseKey> keys = revise_keys;
  if (const std::string cut = common_beginning(unexpected, missing); !cut.empty())
    keys.emplace_back("^" + escaped(cut), "");
  else if (const std::string added = common_beginning(missing, unexpected); !added.empty())
    keys.emplace_back("^", added);
  else keys.clear();
  return keys;
}

Notice WeightsMatch::summary(const std::string& path) const {
  const size_t lacking = missing.size() + mismatches.size();
  std::string text = fmt::format("Loaded {} of {} tensors from {}", pairs.size(), model_size(), path);
  if (!set.empty() && set != "state_dict") text += fmt::format(", its '{}'", set);
  if (pairs.size() * 2 < pairs.size() + lacking) text += ": less than half of the model";
  if (lacking > 0) text += "; the others keep their initial values";
  else if (missing_counts > 0) text += "; the others are counts of batches, which older files lack";
  if (!unread.empty())
    text += fmt::format("; the file also holds {}, which {} not used", join(unread), unread.size() == 1 ? "is" : "are");
  add_flaws(*this, [&](const std::string& line) { text += "\n  " + line; });
  return {lacking > 0 ? LogLevel::warning : LogLevel::info, text};
}

WeightsMisfit WeightsMatch::refusal(const std::string& path) const {
  const size_t flaws = missing.size() + unexpected.size() + mismatches.size();
  Error error(Place(path), fmt::format("{} of {} tensors do not fit the model", flaws, flaws + pairs.size()));
  add_flaws(*this, [&](std::string line) { error.note(std::move(line)); });
  if (!unread.empty())
    error.note((set.empty() ? "it holds several sets of weights: " : "it also holds ") + join(unread));
  WeightsMisfit misfit(std::move(error));
  misfit.revision = better_keys();
  misfit.loadable = pairs.size();
  return misfit;
}

void WeightsMatch::load() const {
  const c10::NoGradGuard no_grad;
  for (const Pair& pair : pairs) pair.target.detach().copy_(pair.source);
}

namespace {

/// The tensors of a file by the names that they get.
class RevisedNames {
 public:
  struct Tensor {
    at::Tensor tensor;
    const FileWeights::Set* set;
  };

  RevisedNames(const FileWeights& file, std::span<const NamedTensor> model, std::span<const ReviseKey> revise_keys)
      : revisions_(revise_keys) {
    for (const auto& [name, tensor] : model) wanted_.insert(name);
    for (const FileWeights::Set& set : file.others) add_set(set, set.key + ".", file.main.weights != nullptr);
    if (file.main.weights) add_set(file.main, "", false);
    add_wrapped();
    for (const auto& [name, each] : tensors)
      if (wanted_.contains(name)) used.insert(each.set);
    if (!used.empty()) std::erase_if(tensors, [&](const auto& each) { return !used.contains(each.second.set); });
  }

  std::unordered_map<std::string, Tensor> tensors;
  std::unordered_set<const FileWeights::Set*> used;  // sets of which the model has a tensor

 private:
  struct Wrapped {
    std::string name, revised;
    Tensor tensor;
  };

  /// A tensor of a set beside the main one counts only if revise_keys bring it into the model; it replaces the main
  /// set's.
  void add_set(const FileWeights::Set& set, const std::string& beginning, bool is_beside) {
    const bool is_main = beginning.empty();
    for (const State::Item& item : set.weights->entries()) {
      if (!item.value.is_tensor()) continue;  // `_extra_state` of a module
      std::string name = checked_name(beginning + item.key.string());
      std::string revised = revisions_.apply(name);
      const Tensor tensor{item.value.tensor(), &set};
      if (is_beside) {
        if (revised == name) continue;
        if (!wanted_.contains(revised)) revised = unwrapped(revised);
        if (wanted_.contains(revised)) add(revised, tensor);
      } else if (const auto it = tensors.find(revised); is_main && it != tensors.end() && it->second.set != &set) {
        continue;
      } else if (wanted_.contains(revised) || unwrapped(name) == name) {
        add(revised, tensor);
      } else {
        wrapped_.push_back({std::move(name), std::move(revised), tensor});
      }
    }
  }

  /// After all others: a name of the model itself takes precedence.
  void add_wrapped() {
    for (const Wrapped& each : wrapped_) {
      std::string bare = unwrapped(each.revised);
      if (!wanted_.contains(bare)) bare = revisions_.apply(unwrapped(each.name));
      const bool is_of_model = wanted_.contains(bare) && !tensors.contains(bare);
      add(is_of_model ? bare : each.revised, each.tensor);
    }
  }

  void add(const std::string& name, const Tensor& tensor) {
    if (!tensors.emplace(name, tensor).second)
      throw Error(fmt::format("after revise_keys two tensors of the file are called '{}'", name));
  }

  static std::string checked_name(std::string name) {
    if (name.size() > kLongestTensorName)
      throw Error(fmt::format("a tensor of the file has a name of {} characters", name.size()));
    return name;
  }

  Revisions revisions_;
  std::unordered_set<std::string> wanted_;
  std::vector<Wrapped> wrapped_;
};

}  // namespace

WeightsMatch match_weights(const FileWeights& file, std::span<const NamedTensor> model,
                           std::span<const ReviseKey> revise_keys) {
  RevisedNames revised(file, model, revise_keys);
  auto& of_file = revised.tensors;
  WeightsMatch match;
  match.set = revised.used.size() == 1 ? (*revised.used.begin())->key : file.main.key;
  match.revise_keys.assign(revise_keys.begin(), revise_keys.end());
  for (const FileWeights::Set& each : file.others)
    if (!revised.used.contains(&each))
      match.unread.push_back(fmt::format("'{}' ({})", each.key, counted(static_cast<int64_t>(each.size()), "tensor")));
  for (const auto& [name, target] : model) {
    const auto it = of_file.find(name);
    if (it == of_file.end()) {
      if (is_batch_count(name)) ++match.missing_counts;
      else match.missing.push_back(name);
      continue;
    }
    const at::Tensor source = std::move(it->second.tensor);
    of_file.erase(it);
    if (source.sizes() == target.sizes()) match.pairs.push_back({name, source, target});
    else match.mismatches.push_back({name, source.sizes().vec(), target.sizes().vec()});
  }
  for (const auto& [name, tensor] : of_file) match.unexpected.push_back(name);
  std::sort(match.missing.begin(), match.missing.end());
  std::sort(match.unexpected.begin(), match.unexpected.end());
  std::sort(match.mismatches.begin(), match.mismatches.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return match;
}

}  // namespace millrace
