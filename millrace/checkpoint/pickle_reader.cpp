#include "millrace/checkpoint/pickle_reader.h"

#include <fmt/format.h>

#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/checkpoint/known_records.h"
#include "millrace/checkpoint/pickle_graph.h"
#include "millrace/checkpoint/pickle_machine.h"
#include "millrace/checkpoint/tensor_rebuild.h"
#include "millrace/io/file.h"

namespace millrace {
namespace {

using Ref = PickleGraph::Ref;
using Kind = PickleGraph::Kind;

constexpr size_t kDeepestPickle = 500;
constexpr size_t kSmallestBudget = size_t{128} << 20;  // bytes of memory, beside 64 for a byte of the pickle
constexpr size_t kLargestPickle = size_t{1} << 30;

/// Unfolds a graph into a tree, within a budget of memory.
class TreeBuilder {
 public:
  TreeBuilder(const PickleGraph& graph, const std::string& path, size_t budget_bytes)
      : graph_(graph), path_(path), budget_bytes_(budget_bytes), is_open_(graph.size(), false) {}

  State build(Ref ref) {
    const PickleGraph::Node& node = graph_[ref];
    spend(sizeof(State));
    switch (node.kind) {
      case Kind::none:
        return nullptr;
      case Kind::boolean:
        return node.integer != 0;
      case Kind::integer:
        return node.integer;
      case Kind::number:
        return node.number;
      case Kind::large_integer:
        return State::Record{"int", State::tuple({State::Bytes{text_of(node)}}), nullptr, nullptr};
      case Kind::text:
        return text_of(node);
      case Kind::bytes:
        return State::Bytes{text_of(node)};
      case Kind::tensor:
        return graph_.tensor(ref);
      case Kind::storage:
        return tensor_of(graph_.storage(ref));
      case Kind::global:
        return State::Record{text_of(node), nullptr, nullptr, nullptr};
      default:
        return build_container(ref, node);
    }
  }

 private:
  State build_container(Ref ref, const PickleGraph::Node& node) {
    if (is_open_[ref]) throw Error(Place(path_), "an object of the pickle contains itself");
    if (++depth_ > kDeepestPickle)
      throw Error(Place(path_), fmt::format("the pickle is nested more than {} deep", kDeepestPickle));
    is_open_[ref] = true;
    State state = node.kind == Kind::dict     ? State::dict(entries_of(node))
                  : node.kind == Kind::object ? object_of(node)
                  : node.kind == Kind::tuple  ? State::tuple(items_of(node))
                                              : State::list(items_of(node));
    is_open_[ref] = false;
    --depth_;
    return state;
  }

  State::List items_of(const PickleGraph::Node& node) {
    State::List items;
    reserve(items, node.children.size());
    for (const Ref child : node.children) items.push_back(build(child));
    return items;
  }

  State::Items entries_of(const PickleGraph::Node& node) {
    State::Items entries;
    reserve(entries, node.children.size() / 2);
    std::unordered_map<std::string, size_t> seen;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const std::string identity = identity_of_key(node.children[i]);
      if (identity.empty()) {
        State key = build(node.children[i]);
        entries.push_back({std::move(key), build(node.children[i + 1])});
        continue;
      }
      const auto [it, is_new] = seen.try_emplace(identity, entries.size());
      if (is_new) {
        State key = build(node.children[i]);
        entries.push_back({std::move(key), build(node.children[i + 1])});
      } else {
        entries[it->second].value = build(node.children[i + 1]);
      }
    }
    return entries;
  }

  /// Equal for equal keys; "" for tuples and objects, which are not compared.
  std::string identity_of_key(Ref ref) {
    const PickleGraph::Node& node = graph_[ref];
    spend(node.text.size());
    switch (node.kind) {
      case Kind::none:
        return "n";
      case Kind::boolean:
      case Kind::integer:
        return fmt::format("i{}", node.integer);
      case Kind::number:
        return fmt::format("f{}", node.number);
      case Kind::text:
        return fmt::format("s{}", node.text);
      case Kind::bytes:
        return fmt::format("b{}", node.text);
      case Kind::large_integer:
        return fmt::format("l{}", node.text);
      case Kind::tuple:
      case Kind::global:
      case Kind::object:
        return "";
      default:
        throw Error(Place(path_), "a key of a dict in the pickle is not a scalar");
    }
  }

  State object_of(const PickleGraph::Node& node) {
    State::Record record{text_of(node), nullptr, nullptr, nullptr};
    record.arguments = build(node.arguments);
    record.state = build(node.state);
    record.items = build(node.items);
    return record;
  }

  std::string text_of(const PickleGraph::Node& node) {
    spend(node.text.size());
    return std::string(node.text);
  }

  template <class Container>
  void reserve(Container& container, size_t count) {
    spend(count * sizeof(typename Container::value_type));
    container.reserve(count);
  }

  void spend(size_t bytes) {
    if (bytes > budget_bytes_) throw Error(Place(path_), "the objects of the pickle unfold to too much memory");
    budget_bytes_ -= bytes;
  }

  const PickleGraph& graph_;
  const std::string& path_;
  size_t budget_bytes_;
  size_t depth_ = 0;
  std::vector<bool> is_open_;  // on the path from the root to the current value
};

}  // namespace

State read_pickle(std::string_view pickle, const std::string& path, const StorageLoader& load_storage) {
  if (pickle.size() > kLargestPickle) throw Error(Place(path), fmt::format("the pickle has {} bytes", pickle.size()));
  PickleGraph graph(pickle.size());
  const Ref root = PickleMachine(pickle, path, graph, load_storage).run();
  return TreeBuilder(graph, path, kSmallestBudget + 64 * pickle.size()).build(root);
}

State read_pickle_file(const std::string& path) {
  const std::string pickle = io::read_file(path, kLargestPickle);
  const auto no_storage = [](std::string_view key, int64_t) -> c10::Storage {
    throw std::invalid_argument(fmt::format("it refers to the storage '{}', and a pickle alone has none", key));
  };
  return without_known_records(read_pickle(pickle, path, no_storage));
}

}  // namespace millrace
