#include "millrace/checkpoint/pickle_graph.h"

#include <stdexcept>

namespace millrace {
namespace {

constexpr int64_t kSmallIntegers = 256;  // those that a pickle writes in two bytes are in the graph once
constexpr size_t kNodesOfAnyPickle = size_t{1} << 20;
constexpr size_t kTextOfAnyPickle = size_t{64} << 20;

}  // namespace

PickleGraph::PickleGraph(size_t pickle_bytes)
    : node_limit_(kNodesOfAnyPickle + pickle_bytes / 2), text_limit_bytes_(kTextOfAnyPickle + 2 * pickle_bytes) {
  add(Kind::none);
  add(Kind::boolean);
  nodes_.back().integer = 1;
  add(Kind::boolean);
  add(Kind::tuple);
  for (int64_t value = 0; value < kSmallIntegers; ++value) {
    add(Kind::integer);
    nodes_.back().integer = value;
  }
}

PickleGraph::Ref PickleGraph::add(Kind kind) {
  if (nodes_.size() >= node_limit_) throw std::length_error("it makes more objects than its size allows");
  nodes_.emplace_back().kind = kind;
  return static_cast<Ref>(nodes_.size() - 1);
}

PickleGraph::Ref PickleGraph::add_integer(int64_t value) {
  if (value >= 0 && value < kSmallIntegers) return kFirstSmallInteger + static_cast<Ref>(value);
  const Ref ref = add(Kind::integer);
  nodes_[ref].integer = value;
  return ref;
}

PickleGraph::Ref PickleGraph::add_text(Kind kind, std::string_view text) {
  const Ref ref = add(kind);
  nodes_[ref].text = text;
  return ref;
}

PickleGraph::Ref PickleGraph::add_call(std::string_view type, Ref arguments) {
  const Ref ref = add_text(Kind::object, type);
  nodes_[ref].arguments = arguments;
  return ref;
}

PickleGraph::Ref PickleGraph::add_tensor(at::Tensor tensor) {
  const Ref ref = add(Kind::tensor);
  nodes_[ref].integer = static_cast<int64_t>(tensors_.size());
  tensors_.push_back(std::move(tensor));
  return ref;
}

PickleGraph::Ref PickleGraph::add_storage(PickleStorage storage) {
  const Ref ref = add(Kind::storage);
  nodes_[ref].integer = static_cast<int64_t>(storages_.size());
  storages_.push_back(std::move(storage));
  return ref;
}

std::string_view PickleGraph::keep(std::string text) {
  if (text.size() > text_limit_bytes_) throw std::length_error("it makes more text than its size allows");
  text_limit_bytes_ -= text.size();
  return texts_.emplace_back(std::move(text));
}

}  // namespace millrace
