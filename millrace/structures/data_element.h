#pragma once

#include <string>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/structures/sample.h"
#include "millrace/structures/tensor_conversion.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The data of one thing, and facts about it (its metainfo): MMEngine's BaseDataElement. Names are in order; no name is
/// in both.
///
///     DataElement row = DataElement::of(batch.row(0));         // tensors are data, the rest is metainfo
///     row.set("score"_key, 0.9);
///     const DataElement truth = row.element(kGtInstances);     // "gt_instances.bboxes" is "bboxes" in it
///     const DataElement kept = row.converted(detached_on_cpu());
///
/// Elements nest by the dots of names. Copies share the tensors of data, as MMEngine's `clone()` does; metainfo gets
/// its own tensors when it is set. A reference to a value is valid until another name is set or removed.
class DataElement {
 public:
  struct Field {
    Key key;
    State value;
  };
  using Fields = std::vector<Field>;

  DataElement() = default;
  /// Throws Error for a name in both.
  DataElement(const Fields& metainfo, const Fields& data);
  /// The row of a batch or a sample. Fields with rows, and tensors, become data; other values become metainfo.
  static DataElement of(const Sample& sample);

  /// Throws Error if the name is one of data.
  void set_metainfo(Key key, const State& value);
  /// Throws Error if the name is one of metainfo.
  void set(Key key, State value);
  /// Sets all metainfo and data of the other one.
  void update(const DataElement& other);

  bool has(Key key) const { return find(key) != nullptr; }
  /// Metainfo or data; null if there is no such name.
  const State* find(Key key) const;
  /// Throws Error "the element has no 'x'; it has: …".
  const State& at(Key key) const;
  /// Removes the value and returns it. Throws Error if there is no such name.
  State pop(Key key);
  bool erase(Key key);

  const Fields& metainfo() const { return metainfo_; }
  const Fields& data() const { return data_; }

  /// The element of a group: its fields, without the group's name. Throws Error if there is none.
  DataElement element(Key group) const;
  /// Sets the fields of the group from the element.
  void set_element(Key group, const DataElement& element);

  /// With each tensor of data converted: on_device, as_dtype, detached, cloned, …
  DataElement converted(const TensorConversion& conversion) const;
  /// One dict of metainfo and data; groups are dicts in it.
  State to_dict() const;
  /// Its names under "META INFORMATION" and "DATA FIELDS", each with its value, or with the shape and dtype of a tensor.
  std::string text() const;

 private:
  Fields metainfo_, data_;
};

}  // namespace millrace
