#include "millrace/runner/gradient_leaves.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>

#include <algorithm>
#include <cctype>
#include <unordered_set>
#include <utility>

namespace millrace {

namespace {

/// "AddmmBackward0" is "addmm".
std::string operator_name(std::string node) {
  node = node.substr(node.rfind(':') + 1);
  node = node.substr(0, node.find("Backward"));
  for (char& letter : node) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return node;
}

/// What a layer does to its weight before it uses it.
bool only_rearranges(const std::string& name) {
  static const std::vector<std::string> kRearranging = {"t", "transpose", "permute", "view", "tocopy", "expand"};
  return std::find(kRearranging.begin(), kRearranging.end(), name) != kRearranging.end();
}

}  // namespace

std::vector<GradientLeaf> gradient_leaves(const at::Tensor& loss) {
  using torch::autograd::AccumulateGrad;
  using torch::autograd::Node;
  std::vector<GradientLeaf> leaves;
  std::unordered_set<const Node*> seen;
  std::vector<std::pair<Node*, std::string>> open;
  const auto root = loss.grad_fn();  // its type differs by version
  if (root) open.emplace_back(root.get(), "");
  while (!open.empty()) {
    const auto [node, user] = std::move(open.back());
    open.pop_back();
    if (!seen.insert(node).second) continue;
    if (const auto* leaf = dynamic_cast<AccumulateGrad*>(node)) {
      leaves.push_back({leaf->variable, user});
      continue;
    }
    const std::string own = operator_name(node->name());
    for (const torch::autograd::Edge& edge : node->next_edges())
      if (edge.function) open.emplace_back(edge.function.get(), only_rearranges(own) ? user : own);
  }
  return leaves;
}

}  // namespace millrace
