#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "millrace/nn/module_view.h"

namespace millrace::nn {

/// Records which initializer gave each parameter of a network its value. While it lives it is the record of its thread,
/// and those that initialise write into it; without a record they do not.
///
///     nn::InitRecord record(model.modules());
///     model.init_weights();
///     record.close(model.modules(), "MyNet");
///     logger.info(record.text());
///
/// An initializer that wrote into a parameter is noted, even if the values are the same; the last one counts.
class InitRecord {
 public:
  /// Reads each value once, for the means.
  explicit InitRecord(const ModuleView& root);
  ~InitRecord();
  InitRecord(const InitRecord&) = delete;
  InitRecord& operator=(const InitRecord&) = delete;

  /// Notes `text` for the parameters below `view` that were written since the last note.
  static void note(const ModuleView& view, const std::string& text);
  /// Notes what `owner`, the class of the whole network, wrote beside its init_cfg. Throws Error if it has replaced a
  /// parameter by another tensor: optimizers keep the ones that were there before.
  void close(const ModuleView& root, const std::string& owner);

  /// Whether any parameter was written.
  bool has_notes() const;
  /// As MMEngine's log has it, and the means:
  ///
  ///     Name of parameter - Initialization information
  ///
  ///     head.fc.weight - (10, 512):
  ///     NormalInit: mean=0, std=0.01, bias=0
  ///     mean -0.000331 before, 0.000125 after
  std::string text() const;

 private:
  struct Entry {
    std::string name;
    at::Tensor tensor;
    int64_t version;  // when it was last noted
    double mean_before;
    std::string text;
  };
  Entry* find(const at::Tensor& tensor);
  void add_note(const ModuleView& view, const std::string& text);

  std::vector<Entry> entries_;
  std::string owner_;
  InitRecord* outer_;
};

}  // namespace millrace::nn
