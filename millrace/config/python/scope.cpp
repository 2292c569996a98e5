#include "millrace/config/python/scope.h"

namespace millrace::py {

Namespace::Variable* Namespace::find(std::string_view name) {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : found->second;
}

Namespace::Variable& Namespace::set(Value name, Value value) {
  if (Variable* old = find(name.as_string())) {
    old->name.set_place(name.place());
    old->value = std::move(value);
    return *old;
  }
  Variable& added = variables_.emplace_back();
  added.name = std::move(name);
  added.value = std::move(value);
  index_.emplace(added.name.as_string(), &added);
  return added;
}

bool Namespace::erase(std::string_view name) {
  const auto found = index_.find(name);
  if (found == index_.end()) return false;
  found->second->gone = true;
  found->second->value = Value();
  index_.erase(found);
  return true;
}

FileScope::~FileScope() = default;

Heap::~Heap() {
  // Each container is emptied while the heap still holds all others: nothing is destroyed inside another's destruction.
  for (FileScope& file : files_) {
    for (auto& variable : file.globals.variables()) variable.value = Value();
    file.bases.clear();
  }
  for (const auto& frame : frames_) frame->locals.clear();
  for (const auto& function : functions_) function->fallbacks.clear();
  for (Value& container : containers_) {
    if (container.is_dict()) container.as_dict().clear();
    else container.items().clear();
  }
}

}  // namespace millrace::py
