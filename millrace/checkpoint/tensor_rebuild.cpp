#include "millrace/checkpoint/tensor_rebuild.h"

#include <ATen/ops/_conj.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "millrace/checkpoint/dtype_names.h"

namespace millrace {
namespace {

using Ref = PickleGraph::Ref;
using Kind = PickleGraph::Kind;

constexpr size_t kMostDimensions = 64;
constexpr size_t kMostFlags = 8;
/// A view may repeat its memory (stride 0), but whoever copies it makes all of it.
constexpr int64_t kMostRepeated = int64_t{1} << 28;

[[noreturn]] void refuse(std::string what) { throw std::invalid_argument(std::move(what)); }

std::vector<int64_t> integers_of(const PickleGraph& graph, Ref ref, std::string_view what) {
  const PickleGraph::Node& node = graph[ref];
  if (node.kind != Kind::tuple && node.kind != Kind::list)
    refuse(fmt::format("the {} of a tensor are not a tuple", what));
  if (node.children.size() > kMostDimensions) refuse(fmt::format("a tensor of {} dimensions", node.children.size()));
  std::vector<int64_t> values;
  for (const Ref child : node.children) {
    if (graph[child].kind != Kind::integer || graph[child].integer < 0)
      refuse(fmt::format("the {} of a tensor are not numbers", what));
    values.push_back(graph[child].integer);
  }
  return values;
}

/// Refuses a view that reaches out of its storage or has absurdly more elements.
void check_view(int64_t offset, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                int64_t storage_elements) {
  if (sizes.size() != strides.size()) refuse("a tensor with more sizes than strides, or less");
  int64_t elements = 1;
  int64_t last = offset;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t step = 0;
    const bool is_absurd = __builtin_mul_overflow(elements, sizes[i], &elements) ||
                           __builtin_mul_overflow(std::max<int64_t>(sizes[i] - 1, 0), strides[i], &step) ||
                           __builtin_add_overflow(last, step, &last);
    if (is_absurd) refuse("a tensor whose size overflows");
  }
  if (elements == 0) {
    if (offset > storage_elements) refuse("a tensor begins behind the end of its storage");
  } else if (last >= storage_elements) {
    refuse(fmt::format("a tensor reaches to element {} of a storage of {}", last, storage_elements));
  }
  if (elements > std::max(storage_elements, kMostRepeated)) refuse(fmt::format("a tensor of {} elements", elements));
}

at::Tensor view_of(const PickleStorage& storage, c10::ScalarType dtype, int64_t offset,
                   const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  at::Tensor tensor = at::empty({0}, at::TensorOptions().dtype(dtype));
  tensor.set_(storage.storage, offset, sizes, strides);
  return tensor;
}

bool flag_of(const PickleGraph& graph, Ref ref) {
  if (graph[ref].kind != Kind::boolean) refuse("requires_grad of a tensor is not a bool");
  return graph[ref].integer != 0;
}

at::Tensor with_requires_grad(at::Tensor tensor, bool requires_grad) {
  if (requires_grad && (tensor.is_floating_point() || tensor.is_complex())) tensor.requires_grad_(true);
  return tensor;
}

/// storage, offset, sizes, strides, requires_grad, hooks [, dtype in version 3] [, metadata]
at::Tensor rebuild_plain(const PickleGraph& graph, const std::vector<Ref>& arguments, int version) {
  const size_t required = version == 1 ? 4 : version == 2 ? 6 : 7;
  if (arguments.size() < required || arguments.size() > required + (version == 1 ? 0 : 1))
    refuse(fmt::format("a tensor of {} parts", arguments.size()));
  if (graph[arguments[0]].kind != Kind::storage) refuse("a tensor without a storage");
  if (graph[arguments[1]].kind != Kind::integer || graph[arguments[1]].integer < 0)
    refuse("the offset of a tensor is not a number");
  const PickleStorage& storage = graph.storage(arguments[0]);
  c10::ScalarType dtype = storage.dtype;
  if (version == 3) {
    const PickleGraph::Node& name = graph[arguments[6]];
    const DtypeNames* names = nullptr;
    if (name.kind == Kind::global && name.text.starts_with("torch.")) names = find_dtype(name.text.substr(6));
    if (!names) refuse(fmt::format("a tensor of the unknown type {}", name.text));
    dtype = names->dtype;
  }
  const auto element_bytes = static_cast<int64_t>(c10::elementSize(dtype));
  const auto stored_bytes = storage.is_untyped ? 1 : static_cast<int64_t>(c10::elementSize(storage.dtype));
  const int64_t elements = storage.elements * stored_bytes / element_bytes;
  const int64_t offset = graph[arguments[1]].integer;
  const auto sizes = integers_of(graph, arguments[2], "sizes");
  const auto strides = integers_of(graph, arguments[3], "strides");
  check_view(offset, sizes, strides, elements);
  at::Tensor tensor = view_of(storage, dtype, offset, sizes, strides);
  if (arguments.size() > required && graph[arguments.back()].kind == Kind::dict) {
    const std::vector<Ref>& metadata = graph[arguments.back()].children;
    if (metadata.size() > 2 * kMostFlags) refuse("a tensor with too many flags");
    for (size_t i = 0; i + 1 < metadata.size(); i += 2) {
      if (metadata[i + 1] != PickleGraph::kTrue || graph[metadata[i]].kind != Kind::text) continue;
      if (graph[metadata[i]].text == "conj" && tensor.is_complex()) tensor = at::_conj(tensor);
      if (graph[metadata[i]].text == "neg" && tensor.is_floating_point()) tensor = at::_neg_view(tensor);
    }
  }
  return with_requires_grad(std::move(tensor), version > 1 && flag_of(graph, arguments[4]));
}

at::Tensor rebuild_parameter(const PickleGraph& graph, const std::vector<Ref>& arguments) {
  if (arguments.size() < 2) refuse("a parameter without its parts");
  if (graph[arguments[0]].kind != Kind::tensor) refuse("a parameter without a tensor");
  return with_requires_grad(graph.tensor(arguments[0]).detach(), flag_of(graph, arguments[1]));
}

/// function, class, arguments of the function, attributes: how a tensor with attributes of its own is written.
std::optional<Ref> rebuild_from_type(PickleGraph& graph, const std::vector<Ref>& arguments) {
  if (arguments.size() != 4 || graph[arguments[0]].kind != Kind::global || graph[arguments[2]].kind != Kind::tuple)
    return std::nullopt;
  if (!graph.is_global(arguments[1], "torch.Tensor") && !graph.is_global(arguments[1], "torch.nn.parameter.Parameter"))
    return std::nullopt;
  if (graph[arguments[0]].text == "torch._tensor._rebuild_from_type_v2") return std::nullopt;
  return rebuild_tensor(graph, graph[arguments[0]].text, graph[arguments[2]].children);
}

}  // namespace

at::Tensor tensor_of(const PickleStorage& storage) {
  return view_of(storage, storage.dtype, 0, {storage.elements}, {1});
}

std::optional<Ref> rebuild_tensor(PickleGraph& graph, std::string_view function, const std::vector<Ref>& arguments) {
  if (function == "torch._tensor._rebuild_from_type_v2") return rebuild_from_type(graph, arguments);
  constexpr std::string_view kModule = "torch._utils.";
  if (!function.starts_with(kModule)) return std::nullopt;
  function.remove_prefix(kModule.size());
  if (function == "_rebuild_tensor_v2") return graph.add_tensor(rebuild_plain(graph, arguments, 2));
  if (function == "_rebuild_tensor_v3") return graph.add_tensor(rebuild_plain(graph, arguments, 3));
  if (function == "_rebuild_tensor") return graph.add_tensor(rebuild_plain(graph, arguments, 1));
  if (function == "_rebuild_parameter" || function == "_rebuild_parameter_with_state")
    return graph.add_tensor(rebuild_parameter(graph, arguments));
  return std::nullopt;
}

}  // namespace millrace
