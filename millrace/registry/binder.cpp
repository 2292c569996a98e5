#include "millrace/registry/binder.h"

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/registry/component_table.h"

namespace millrace {

Binder::Binder(std::string scope) : Binder(std::move(scope), ComponentTable::instance()) {}

std::string AbsentComponent::text() const {
  return "no " + (kind.empty() ? "component" : kind) + " '" + name + "': " + reason +
         (count > 1 ? ", " + std::to_string(count) + " times" : "");
}

Binder Binder::trial() const {
  Binder binder(scope_, table_);
  binder.path_ = path_;
  binder.subject_ = subject_;
  binder.fragment_ = fragment_;
  binder.foreign_sources_ = foreign_sources_;
  binder.lenient_ = lenient_;
  binder.trial_ = true;
  binder.trial_depth_ = path_.size();
  return binder;
}

Error& Binder::mistake(const Value& value, std::string what) { return mistake(value.place(), std::move(what)); }

Error& Binder::mistake(const Place& place, std::string what) { return mistake(place, Error(std::move(what))); }

Error& Binder::mistake(const Place& place, Error error) {
  if (lenient_ && !trial_) return passed_over_ = Error("");
  const std::string where = path();
  if (place.known()) error.locate(place);
  else if (!where.empty()) error.locate(Place(where));
  return mistakes_.add(std::move(error));
}

std::optional<std::string> Binder::unknown_key(const Value& key, const std::string& owner,
                                               std::span<const std::string> known,
                                               std::span<const std::string> listed) {
  const std::string name = key.is_string() ? key.as_string() : key.repr();
  std::optional<std::string> meant;
  if (key.is_string()) meant = lenient_ ? nearest_spelling(name, known) : nearest(name, known);
  if (lenient_ && !meant) return meant;
  std::string what = owner + " has no key " + (key.is_string() ? "'" + name + "'" : name + ": keys are strings");
  if (meant) what += "; did you mean '" + *meant + "'?";
  const std::string where = path();
  const Place place = key.place().known() || where.empty() ? key.place() : Place(where);
  mistakes_.add(Error(place, std::move(what))).note(listed.empty() ? "it has no keys" : "keys: " + join(listed));
  return meant;
}

void Binder::add_absent(AbsentComponent component) {
  for (AbsentComponent& known : absent_) {
    if (known.name != component.name) continue;
    known.count += component.count;
    if (known.kind.empty()) known.kind = component.kind;
    known.may_be_roots = known.may_be_roots && component.may_be_roots;
    return;
  }
  absent_.push_back(std::move(component));
}

void Binder::add(const Binder& other) {
  for (const Error& error : other.mistakes_.all()) mistakes_.add(error);
  for (const AbsentComponent& component : other.absent_) add_absent(component);
}

void Binder::throw_if_any() const {
  Mistakes all = mistakes_;
  for (const AbsentComponent& component : absent_) all.add(Error(component.place, component.text()));
  all.throw_if_any();
}

void Binder::null_pointer(const char* kind) {
  mistake(Place(), std::string("a null pointer where a ") + kind + " is needed");
}

std::string Binder::path() const { return join(path_, "."); }

void Binder::wrong_type(const Value& value, std::string_view expected) {
  if (trial_ && path_.size() == trial_depth_) refused_whole_ = true;
  std::string given = value.is_null() ? "None" : value.repr() + " (" + value.kind_name() + ")";
  mistake(value, subject_ + " must be " + std::string(expected) + ", got " + given);
}

}  // namespace millrace
