#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "millrace/registry/field_count.h"
#include "millrace/registry/fields.h"
#include "millrace/registry/schema.h"

namespace millrace {

template <class Options, class Owner>
Schema Schema::of(std::string name) {
  constexpr bool kHasDefaults = requires(Options & options) { Owner::defaults(options); };
  constexpr bool kIsDescribed = requires(FieldsOf<Options> fields) { Options::describe(fields); };
  static_assert(kIsDescribed, "an Options needs a public `template <class Fields> static void describe(Fields& f)`");
  Schema schema;
  schema.name_ = std::move(name);
  if constexpr (detail::SoundOptions<Options>::kAreSound && kIsDescribed) {
    schema.make_ = []() -> std::shared_ptr<void> {
      auto made = std::make_shared<Options>(detail::make_options<Options>());
      if constexpr (kHasDefaults) Owner::defaults(*made);
      return made;
    };
    const std::shared_ptr<void> object = schema.make_();
    Fields fields(schema, object.get());
    FieldsOf<Options> visitor(fields);
    Options::describe(visitor);
    fields.template add_checks<Options, Options>();
    if constexpr (!std::is_same_v<Owner, Options>) fields.template add_checks<Options, Owner>();
    fields.compare_members(detail::count_members<Options>(), sizeof(Options));
    if constexpr (kHasDefaults) {
      schema.defaults_ = object;
      const Options plain = detail::make_options<Options>();
      schema.compare_defaults(&plain);
    }
  }
  return schema;
}

namespace detail {

struct NoOptions {
  template <class F>
  static void describe(F&) {}
};

/// "StepLR" for a class millrace::StepLR; for a template, what its `component_name()` returns.
std::string last_name_of_signature(std::string_view signature);
template <class T>
std::string class_name() {
  if constexpr (requires { T::component_name(); }) return T::component_name();
  else return last_name_of_signature(__PRETTY_FUNCTION__);
}

template <class T>
const Schema& schema_of_struct() {
  static const Schema schema = Schema::of<T>(class_name<T>());
  return schema;
}

/// Fills in defaults, then throws Error if there are mistakes.
void settle_checked(const Schema& schema, void* options);

}  // namespace detail

/// The schema of a component: of its nested Options, or without keys if it has no Options.
template <class Component>
const Schema& schema_of() {
  if constexpr (requires { typename Component::Options; }) {
    static const Schema schema = Schema::of<typename Component::Options, Component>(detail::class_name<Component>());
    return schema;
  } else {
    static const Schema schema = Schema::of<detail::NoOptions>(detail::class_name<Component>());
    return schema;
  }
}

/// For the constructor of a component: completes options from C++ with the component's own defaults, and checks them by
/// the ranges in `describe` and by `check`.
///
///     const StepLR::Options options = checked<StepLR>({.step_size = 30});
///
/// Throws one Error with all mistakes: "step_size must be at least 1, got 0".
template <class Component>
typename Component::Options checked(typename Component::Options options) {
  detail::settle_checked(schema_of<Component>(), &options);
  return options;
}

}  // namespace millrace
