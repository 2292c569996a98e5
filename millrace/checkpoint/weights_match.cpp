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

std::vector<std::pair<std::regex, std::string>> compile(std::span<const ReviseKey> revise_keys) {
  std::vector<std::pair<std::regex, std::string>> compiled;
  for (const auto& [pattern, replacement] : revise_keys) {
    try {
      compiled.emplace_back(std::regex(pattern), replacement_of(replacement));
    } catch (const std::regex_error& error) {
      throw Error(fmt::format("revise_keys: the pattern '{}' cannot be read: {}", pattern, error.what()));
    }
  }
  return compiled;
}

std::string text_of_shape(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

bool is_batch_count(std::string_view name) {
  return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
}

/// A revision that would make most of the missing names out of unexpected ones by a prefix; "" without that file.
std::string revision_for_prefix(const WeightsMatch& match) {
  if (match.missing.empty() || match.unexpected.empty()) return "";
  const std::unordered_set<std::string> missing(match.missing.begin(), match.missing.end());
  const std::unordered_set<std::string> unexpected(match.unexpected.begin(), match.unexpected.end());
  const auto covers_most = [](size_t n, size_t all) { return n * 2 > all; };
  for (const std::string& name : match.unexpected) {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      if (!missing.contains(name.substr(dot + 1))) continue;
      const std::string prefix = name.substr(0, dot + 1);
      const auto n =
          std::count_if(missing.begin(), missing.end(), [&](auto& m) { return unexpected.contains(prefix + m); });
      if (!covers_most(static_cast<size_t>(n), missing.size())) return "";
      return fmt::format("revise_keys=[(r'^{}', '')]", std::regex_replace(prefix, std::regex("\\."), "\\."));
    }
  }
  for (const std::string& name : match.missing) {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      if (!unexpected.contains(name.substr(dot + 1))) continue;
      const std::string prefix = name.substr(0, dot + 1);
      const auto n =
          std::count_if(unexpected.begin(), unexpected.end(), [&](auto& u) { return missing.contains(prefix + u); });
      if (!covers_most(static_cast<size_t>(n), missing.size())) return "";
      return fmt::format("revise_keys=[(r'^', '{}')]", prefix);
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

}  // namespace

std::vector<ReviseKey> default_revise_keys() { return {{"^module\\.", ""}}; }

Error WeightsMatch::report(const std::string& path, bool is_strict) const {
  const auto flaws = flaws_of(*this);
  Error error(Place(path),
              fmt::format("{} of {} tensors do not fit the model", flaws.size(), flaws.size() + pairs.size()));
  const size_t shown = flaws.size() > kMostLines ? kMostLines - 1 : flaws.size();
  size_t widest = 0;
  for (size_t i = 0; i < shown; ++i) widest = std::max(widest, flaws[i].first.size());
  for (size_t i = 0; i < shown; ++i) error.note(fmt::format("{:<{}}  {}", flaws[i].first, widest, flaws[i].second));
  if (shown < flaws.size()) error.note(fmt::format("and {} more", flaws.size() - shown));
  const std::string revision = revision_for_prefix(*this);
  if (!revision.empty()) error.help(revision);
  else if (is_strict)
    error.help(fmt::format("strict=False loads the other {} and keeps these as initialised", pairs.size()));
  else error.note(fmt::format("the other {} were loaded, these are as initialised", pairs.size()));
  return error;
}

void WeightsMatch::load() const {
  const c10::NoGradGuard no_grad;
  for (const Pair& pair : pairs) pair.target.detach().copy_(pair.source);
}

WeightsMatch match_weights(const State& weights, std::span<const NamedTensor> model,
                           std::span<const ReviseKey> revise_keys) {
  const auto revisions = compile(revise_keys);
  std::unordered_map<std::string, at::Tensor> of_file;
  for (const State::Item& item : weights.entries()) {
    if (!item.value.is_tensor()) continue;  // `_extra_state` of a module
    std::string name = item.key.string();
    if (name.size() > kLongestTensorName)
      throw Error(fmt::format("a tensor of the file has a name of {} characters", name.size()));
    for (const auto& [pattern, replacement] : revisions) name = std::regex_replace(name, pattern, replacement);
    if (!of_file.emplace(name, item.value.tensor()).second)
      throw Error(fmt::format("after revise_keys two tensors of the file are called '{}'", name));
  }
  WeightsMatch match;
  for (const auto& [name, target] : model) {
    const auto it = of_file.find(name);
    if (it == of_file.end()) {
      if (!is_batch_count(name)) match.missing.push_back(name);
      continue;
    }
    const at::Tensor source = std::move(it->second);
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
