#pragma once

#include "millrace/eval/file_inputs.h"
#include "millrace/registry/registry.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// What `millrace eval NAME --data FILE.json` computes: reads inputs that somebody stored, calls a measure
/// (eval/measures), and gives its figures. It needs no model, no config and no data. The parameters that the user types
/// are its Options. Its name is in snake_case: a static component_name() gives it for messages, and MILLRACE_REGISTER_AS
/// registers it.
///
/// Figures are fractions, not percent; an undefined one is None.
class FileMeasure {
 public:
  static constexpr const char* kKind = "FileMeasure";
  using Registry = millrace::Registry<FileMeasure>;

  virtual ~FileMeasure() = default;
  /// A dict of numbers, lists and dicts. Throws Error at the place in the file for inputs that do not fit.
  virtual State figures(FileInputs& inputs) const = 0;
};

}  // namespace millrace
