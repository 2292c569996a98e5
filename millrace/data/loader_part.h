#pragma once

#include <memory>
#include <optional>

#include "millrace/data/data_loader.h"

namespace millrace {

/// The data of a training, a validation or a test: options for a loader that the run makes, or a loader that your
/// program has made.
///
///     const LoaderPart part = DataLoader::Options{.dataset = data, .batch_size = 64};
///     const LoaderPart made = std::make_shared<DataLoader>(DataLoader::Options{.dataset = data}, LoaderContext{.seed = 7});
///
/// Your own loader is used as it is: its LoaderContext sets the seed, stream of random numbers, device, ranks and
/// limit. It may serve both validation and test, but not a training and a validation at the same time.
class LoaderPart {
 public:
  LoaderPart() = default;
  LoaderPart(DataLoader::Options options) : options_(std::move(options)) {}  // NOLINT: a part is what it holds
  LoaderPart(std::shared_ptr<DataLoader> loader) : is_null_(!loader), instance_(std::move(loader)) {}  // NOLINT
  LoaderPart& operator=(DataLoader::Options options) { return *this = LoaderPart(std::move(options)); }

  bool has_value() const { return options_ || instance_; }
  void reset() { *this = LoaderPart(); }
  /// The options, if the run makes the loader.
  DataLoader::Options* operator->();
  const DataLoader::Options* options() const { return options_ ? &*options_ : nullptr; }
  const std::shared_ptr<DataLoader>& instance() const { return instance_; }

  std::shared_ptr<DataLoader> build(const LoaderContext& context) const;

 private:
  friend struct TypeOf<LoaderPart>;
  std::optional<DataLoader::Options> options_;
  bool is_null_ = false;  // made of a null pointer
  std::shared_ptr<DataLoader> instance_;
};

template <>
struct TypeOf<LoaderPart> {
  static std::string name() { return TypeOf<std::optional<DataLoader::Options>>::name(); }
  static void bind(LoaderPart& field, const Value& value, Binder& binder) {
    field.instance_ = nullptr;
    TypeOf<std::optional<DataLoader::Options>>::bind(field.options_, value, binder);
  }
  static void check(const LoaderPart& field, Binder& binder) {
    if (field.is_null_) binder.null_pointer("DataLoader");
    TypeOf<std::optional<DataLoader::Options>>::check(field.options_, binder);
  }
  static Value dump(const LoaderPart& field) {
    if (field.instance_) return Value("<DataLoader instance>");
    return TypeOf<std::optional<DataLoader::Options>>::dump(field.options_);
  }
};

}  // namespace millrace
