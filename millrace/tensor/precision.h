#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace millrace {

/// In which numbers a forward pass computes. Weights, gradients and optimizer are fp32 (or whatever the model has) in
/// any case: the two others are libtorch's autocast, which picks by operator.
enum class Precision { fp32, bf16, fp16 };

/// "fp32".
const std::string& precision_name(Precision precision);

/// Half precision as the device has it: fp16, but bf16 on a CPU (fp16 needs loss scaling and has no speed there).
Precision half_precision(const c10::Device& device);

/// What a run on `device` that asks for `wanted` gets; where that is something else, the caller says so once.
Precision supported_precision(Precision wanted, const c10::Device& device);

/// Opens autocast for its life: the loop holds one around each step. Nothing for fp32 (and then nothing is closed
/// either: a host's own autocast stays as it is). For the thread that makes it.
class PrecisionScope {
 public:
  PrecisionScope(Precision precision, const c10::Device& device);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  c10::DeviceType device_;
  bool opened_;
  bool was_enabled_ = false;
  c10::ScalarType was_dtype_ = c10::ScalarType::Float;
};

/// Closes autocast for its life: an optimizer's update is inside one, within the step's PrecisionScope. At its end the
/// casted copies of weights that autocast keeps are dropped, since the weights have moved.
class FullPrecisionScope {
 public:
  explicit FullPrecisionScope(c10::DeviceType device);
  ~FullPrecisionScope();
  FullPrecisionScope(const FullPrecisionScope&) = delete;
  FullPrecisionScope& operator=(const FullPrecisionScope&) = delete;

 private:
  friend class OuterPrecisionScope;
  c10::DeviceType device_;
  bool was_enabled_;
};

/// Inside a FullPrecisionScope: autocast as it is outside of it, for a forward pass that an optimizer asks for.
class OuterPrecisionScope {
 public:
  explicit OuterPrecisionScope(const FullPrecisionScope& full);
  ~OuterPrecisionScope();
  OuterPrecisionScope(const OuterPrecisionScope&) = delete;
  OuterPrecisionScope& operator=(const OuterPrecisionScope&) = delete;

 private:
  const FullPrecisionScope& full_;
};

}  // namespace millrace
