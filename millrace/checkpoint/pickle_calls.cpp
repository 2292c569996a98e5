#include "millrace/checkpoint/pickle_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "millrace/checkpoint/dtype_names.h"
#include "millrace/checkpoint/storage_bytes.h"
#include "millrace/checkpoint/tensor_rebuild.h"
#include "millrace/checkpoint/utf8.h"

namespace millrace {

bool is_attack(std::string_view function) {
  constexpr std::string_view kModules[] = {"os",  "posix",  "nt",      "subprocess", "sys",       "socket",
                                           "pty", "shutil", "runpy",   "ctypes",     "marshal",   "pickle",
                                           "bdb", "pdb",    "_pickle", "timeit",     "importlib", "webbrowser"};
  constexpr std::string_view kBuiltins[] = {"eval", "exec", "compile", "open", "__import__", "input", "breakpoint"};
  const auto among = [](const auto& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  const std::string_view module = function.substr(0, function.find('.'));
  if (module == "builtins" || module == "__builtin__") return among(kBuiltins, function.substr(module.size() + 1));
  return among(kModules, module);
}

std::optional<PickleGraph::Ref> known_call(PickleGraph& graph, std::string_view function,
                                           const std::vector<PickleGraph::Ref>& arguments) {
  using Kind = PickleGraph::Kind;
  const auto is = [&](size_t i, Kind kind) { return graph[arguments[i]].kind == kind; };
  if (function == "collections.OrderedDict" && arguments.empty()) return graph.add(Kind::dict);
  if (function == "torch.Size" && arguments.size() == 1 && is(0, Kind::tuple)) return arguments[0];
  if ((function == "__builtin__.bytes" || function == "builtins.bytes") && arguments.empty())
    return graph.add_text(Kind::bytes, {});
  if (function == "_codecs.encode" && arguments.size() == 2 && is(0, Kind::text) && is(1, Kind::text) &&
      graph[arguments[1]].text == "latin1") {
    std::optional<std::string> bytes = utf8_to_latin1(graph[arguments[0]].text);
    if (!bytes) throw std::invalid_argument("bytes with a character above 255");
    return graph.add_text(Kind::bytes, graph.keep(std::move(*bytes)));
  }
  if (function == "torch.storage._load_from_bytes" && arguments.size() == 1 && is(0, Kind::bytes))
    return graph.add_storage(storage_of_bytes(graph[arguments[0]].text));
  return rebuild_tensor(graph, function, arguments);
}

PickleGraph::Ref load_persistent(PickleGraph& graph, PickleGraph::Ref id, const StorageLoader& load_storage) {
  using Kind = PickleGraph::Kind;
  constexpr Kind kParts[] = {Kind::text, Kind::global, Kind::text, Kind::text, Kind::integer};
  const std::vector<PickleGraph::Ref>& parts = graph[id].children;
  bool is_storage = graph[id].kind == Kind::tuple && parts.size() >= std::size(kParts);
  for (size_t i = 0; is_storage && i < std::size(kParts); ++i) is_storage = graph[parts[i]].kind == kParts[i];
  if (!is_storage || graph[parts[0]].text != "storage")
    throw std::invalid_argument("a storage that is not written as torch.save does");

  const std::string_view type = graph[parts[1]].text;
  PickleStorage storage;
  storage.elements = graph[parts[4]].integer;
  storage.is_untyped = type == "torch.storage.UntypedStorage";
  if (!storage.is_untyped) {
    const DtypeNames* names = type.starts_with("torch.") ? find_storage_class(type.substr(6)) : nullptr;
    if (!names) throw std::invalid_argument(fmt::format("a storage of the unknown class {}", type));
    storage.dtype = names->dtype;
  }
  const auto element_bytes = static_cast<int64_t>(c10::elementSize(storage.dtype));
  int64_t size_bytes = 0;
  if (storage.elements < 0 || __builtin_mul_overflow(storage.elements, element_bytes, &size_bytes))
    throw std::invalid_argument(fmt::format("a storage of {} elements", storage.elements));
  storage.storage = load_storage(graph[parts[2]].text, size_bytes);
  return graph.add_storage(std::move(storage));
}

}  // namespace millrace
