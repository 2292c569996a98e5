#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/value.h"

namespace millrace {

/// The inputs of a FileMeasure: a JSON object of nested lists. Reads them as tensors and checks their sizes against one
/// another.
///
///     FileInputs inputs(read_json(R"({"scores": [[0.9, 0.1]], "labels": [0]})", "case.json"), "accuracy");
///     const at::Tensor scores = inputs.numbers("scores", {"rows", "classes"});  // (N, K) float64
///     const at::Tensor labels = inputs.integers("labels", {"rows"});            // (N) int64: as many as scores
///     inputs.finish();                                                          // nothing else may be there
///
/// A dimension is named; the same name must have the same size everywhere. A name that is a number is that size. An
/// empty list has size 0 in its dimension, and in those after it the sizes that are known, else 0.
///
/// Throws Error at the place in the file for a missing or unknown key (with the nearest name), a list of uneven rows, a
/// value of another type, and sizes that differ.
class FileInputs {
 public:
  using Dimensions = std::vector<std::string>;

  /// `owner`: the name of the measure, for messages.
  FileInputs(Value inputs, std::string owner);

  bool has(std::string_view key) const { return inputs_.find(key) != nullptr; }
  /// How many levels of lists there are, by the first item of each: 2 for a list of lists.
  size_t levels(const std::string& key);
  /// float64. Takes integers, true and false too; NaN and Infinity as Python writes them.
  at::Tensor numbers(const std::string& key, const Dimensions& dimensions);
  /// int64. Takes numbers without a fraction, true and false too.
  at::Tensor integers(const std::string& key, const Dimensions& dimensions);
  /// The same; each must be in [0, classes), or equal `ignored`, which is outside of it.
  at::Tensor labels(const std::string& key, const Dimensions& dimensions, int64_t classes,
                    std::optional<int64_t> ignored = {});
  std::vector<std::string> texts(const std::string& key, const std::string& dimension);
  /// A list of objects, each with its own place in messages: "detections[3]".
  std::vector<FileInputs> objects(const std::string& key);
  /// One number or integer of an object.
  double number(const std::string& key);
  int64_t integer(const std::string& key);
  /// A text or an integer that names something, as text: "3", "img_003.jpg".
  std::string name(const std::string& key);

  /// The size of a dimension that was read.
  int64_t size(const std::string& dimension) const { return sizes_.at(dimension).size; }
  /// Throws Error for keys that nobody asked for.
  void finish() const;
  /// An error at the place of an input: "accuracy: WHAT".
  Error refusal(const std::string& key, const std::string& what) const;

 private:
  struct Size {
    int64_t size;
    std::string of;  // what it was read from: "scores"
  };
  const Value& require(const std::string& key);
  std::vector<int64_t> shape_of(const std::string& key, const Value& value, const Dimensions& dimensions);
  Error error_at(const Value& value, const std::string& what) const;
  template <class T, class Read>
  at::Tensor tensor_of(const std::string& key, const Dimensions& dimensions, const Read& read);

  Value inputs_;
  std::string owner_;
  std::string within_;  // "detections[3]." of an object in a list
  std::map<std::string, Size> sizes_;
  std::set<std::string> read_;
};

}  // namespace millrace
