#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/registry/type_of.h"

/// TypeOf for containers. If the container holds options, its check() checks them, too.

namespace millrace {

template <class T>
struct TypeOf<std::optional<T>> {
  static std::string name() { return TypeOf<T>::name() + " or None"; }
  static void bind(std::optional<T>& field, const Value& value, Binder& binder) {
    if (value.is_null()) field.reset();
    else TypeOf<T>::bind(field.emplace(detail::make_element<T>()), value, binder);
  }
  static Value dump(const std::optional<T>& field) { return field ? TypeOf<T>::dump(*field) : Value(); }
  static void check(const std::optional<T>& field, Binder& binder) requires HoldsOptions<T> {
    if (field) TypeOf<T>::check(*field, binder);
  }
};

template <class T>
struct TypeOf<std::vector<T>> {
  static std::string name() { return "list of " + TypeOf<T>::name(); }
  static void bind(std::vector<T>& field, const Value& value, Binder& binder) {
    if (!detail::accept_sequence(value, binder, "a " + name())) return;
    field.clear();
    for (size_t i = 0; i < value.items().size(); ++i) {
      T element = detail::make_element<T>();
      detail::bind_element(element, value.items()[i], binder, std::to_string(i));
      field.push_back(std::move(element));
    }
  }
  static Value dump(const std::vector<T>& field) {
    Value::Items items;
    for (const T& element : field) items.push_back(TypeOf<T>::dump(element));
    return Value::list(std::move(items));
  }
  static void check(const std::vector<T>& field, Binder& binder) requires HoldsOptions<T> {
    for (size_t i = 0; i < field.size(); ++i) {
      const Binder::Step step(binder, std::to_string(i));
      TypeOf<T>::check(field[i], binder);
    }
  }
};

template <class T>
struct TypeOf<OneOrMany<T>> {
  static std::string name() { return TypeOf<T>::name() + " or list of " + TypeOf<T>::name(); }
  static void bind(OneOrMany<T>& field, const Value& value, Binder& binder) {
    if (value.is_sequence()) {
      std::vector<T> many;
      TypeOf<std::vector<T>>::bind(many, value, binder);
      field = OneOrMany<T>(std::move(many));
    } else {
      T one = detail::make_element<T>();
      TypeOf<T>::bind(one, value, binder);
      field = OneOrMany<T>(std::move(one));
    }
  }
  static Value dump(const OneOrMany<T>& field) {
    if (!field.is_list() && field.size() == 1) return TypeOf<T>::dump(field[0]);
    return TypeOf<std::vector<T>>::dump(field.values());
  }
  static void check(const OneOrMany<T>& field, Binder& binder) requires HoldsOptions<T> {
    if (!field.is_list() && field.size() == 1) TypeOf<T>::check(field[0], binder);
    else TypeOf<std::vector<T>>::check(field.values(), binder);
  }
};

template <class T>
struct TypeOf<std::map<std::string, T>> {
  static std::string name() { return "dict of " + TypeOf<T>::name(); }
  static void bind(std::map<std::string, T>& field, const Value& value, Binder& binder) {
    if (!value.is_dict()) return binder.wrong_type(value, "a " + name());
    field.clear();
    for (const auto& [key, item] : value.as_dict()) {
      if (!key.is_string()) {
        binder.wrong_type(key, "a dict whose keys are strings");
        continue;
      }
      detail::bind_element(field[key.as_string()], item, binder, key.as_string());
    }
  }
  static Value dump(const std::map<std::string, T>& field) {
    Value value = Value::dict();
    for (const auto& [key, item] : field) value.as_dict().set(key, TypeOf<T>::dump(item));
    return value;
  }
  static void check(const std::map<std::string, T>& field, Binder& binder) requires HoldsOptions<T> {
    for (const auto& [key, item] : field) {
      const Binder::Step step(binder, key);
      TypeOf<T>::check(item, binder);
    }
  }
};

/// Takes the first alternative that binds the value without a mistake. If there is no such alternative, the error lists
/// all types; but if only one alternative takes dicts, the mistakes in a dict are reported instead.
template <class... Ts>
struct TypeOf<std::variant<Ts...>> {
  static std::string name() {
    std::string text;
    ((text += (text.empty() ? "" : " or ") + TypeOf<Ts>::name()), ...);
    return text;
  }
  static void bind(std::variant<Ts...>& field, const Value& value, Binder& binder) {
    using Bind = void (*)(std::variant<Ts...>&, const Value&, Binder&);
    Bind meant = nullptr;
    int candidates = 0;
    const auto attempt = [&]<class T>(T*) {
      Binder trial = binder.trial();
      bind_as<T>(field, value, trial);
      if (!trial.ok() && value.is_dict() && !trial.refused_whole()) meant = &bind_as<T>, ++candidates;
      if (trial.ok()) binder.add(trial);  // what is absent
      return trial.ok();
    };
    if ((attempt(static_cast<Ts*>(nullptr)) || ...)) return;
    if (candidates == 1) meant(field, value, binder);
    else binder.wrong_type(value, name());
  }
  static Value dump(const std::variant<Ts...>& field) {
    return std::visit([]<class T>(const T& held) { return TypeOf<T>::dump(held); }, field);
  }
  static void check(const std::variant<Ts...>& field, Binder& binder) requires(HoldsOptions<Ts> || ...) {
    const auto check_held = [&]<class T>(const T& held) {
      if constexpr (HoldsOptions<T>) TypeOf<T>::check(held, binder);
    };
    std::visit(check_held, field);
  }

 private:
  template <class T>
  static void bind_as(std::variant<Ts...>& field, const Value& value, Binder& binder) {
    const size_t before = binder.mistakes().size();
    T candidate = detail::make_element<T>();
    TypeOf<T>::bind(candidate, value, binder);
    if (binder.mistakes().size() == before) field = std::move(candidate);
  }
};

}  // namespace millrace
