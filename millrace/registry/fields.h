#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace/registry/field_count.h"
#include "millrace/registry/is_field_type.h"
#include "millrace/registry/schema.h"

namespace millrace {

/// Fills a Schema: the part of the visitor that is the same for every component.
class Fields {
 public:
  Field& ignore(const char* key, const char* why, Value value = {});

 private:
  friend class Schema;
  template <class Aggregate>
  friend class FieldsOf;
  Fields(Schema& schema, void* object) : schema_(schema), root_(object), object_(object) {}
  Field& add_field(const char* key, const char* text, const FieldType& type, void* member, bool required);
  template <class Options, class Owner>
  void add_checks() {
    if constexpr (requires(const Options& options, Complaints& complaints) { Owner::check(options, complaints); })
      add_check([](const void* options, Complaints& complaints) {
        Owner::check(*static_cast<const Options*>(options), complaints);
      });
  }
  void add_check(void (*check)(const void*, Complaints&));
  /// Notes a flaw if `describe` does not name each of the `count` members of an aggregate of `size` bytes once.
  void compare_members(int count, size_t size);

  Schema& schema_;
  void* root_;
  void* object_;
  struct Member {
    std::string key;
    const void* place;
    size_t size;
  };
  std::vector<Member> members_;  // described, of the aggregate at hand
};

/// The visitor that the `describe` of an Aggregate gets.
template <class Aggregate>
class FieldsOf {
 public:
  explicit FieldsOf(Fields& fields) : fields_(fields) {}

  template <class Owner, class T>
  Field& operator()(const char* key, T Owner::*member, const char* text) {
    static_assert(
        std::is_same_v<Owner, Aggregate>,
        "describe names a member of another struct: name the members of this Options alone, inherit none, and "
        "flatten a member that is a struct");
    static_assert(kIsFieldType<T>,
                  "an option can't have this type; it can be a bool, int, int64_t, double, string, path, enum, Value, "
                  "Component, a struct with a describe, and an optional, vector, array, pair, tuple, variant or map of "
                  "these");
    if constexpr (std::is_same_v<Owner, Aggregate> && kIsFieldType<T>) {
      T* const place = &(static_cast<Owner*>(fields_.object_)->*member);
      fields_.members_.push_back({key, place, sizeof(T)});
      return fields_.add_field(key, text, field_type<T>(), place, detail::IsRequired<T>::value);
    } else {
      return detail::refused<Field&>();
    }
  }
  template <class Owner, class T>
  Field& operator()(const char*, T Owner::*) {
    static_assert(!std::is_same_v<Owner, Aggregate>, "describe gives a text with each key: f(key, member, text)");
    return detail::refused<Field&>();
  }

  /// A key that MMEngine's configs have and Millrace does not need: it is accepted and ignored. `value` is written for
  /// it where Python expects the key, in checkpoints.
  Field& ignore(const char* key, const char* why, Value value = {}) {
    return fields_.ignore(key, why, std::move(value));
  }

  /// Adds the keys of a member that is itself an aggregate to the keys of this one.
  template <class Owner, class T>
  void flatten(T Owner::*member) {
    constexpr bool kIsDescribed = requires(FieldsOf<T> inner) { T::describe(inner); };
    static_assert(std::is_same_v<Owner, Aggregate>, "flatten names a member of another struct");
    static_assert(kIsDescribed, "flatten takes a member whose struct has a public describe of its own");
    if constexpr (std::is_same_v<Owner, Aggregate> && kIsDescribed) {
      void* const outer = fields_.object_;
      fields_.object_ = &(static_cast<Owner*>(outer)->*member);
      auto outer_members = std::exchange(fields_.members_, {});
      FieldsOf<T> inner(fields_);
      T::describe(inner);
      fields_.template add_checks<T, T>();
      fields_.compare_members(detail::count_members<T>(), sizeof(T));
      outer_members.push_back(
          {fields_.members_.empty() ? "" : fields_.members_.front().key, fields_.object_, sizeof(T)});
      fields_.members_ = std::move(outer_members);
      fields_.object_ = outer;
    }
  }

 private:
  Fields& fields_;
};

}  // namespace millrace
