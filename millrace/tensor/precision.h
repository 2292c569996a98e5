#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace millrace {

/// The number format of forward passes. Weights, gradients and the optimizer are always fp32 (or what the model has).
/// bf16 and fp16 are libtorch's autocast, which picks a format for each operator.
enum class Precision { fp32, bf16, fp16 };

/// "fp32".
const std::string& precision_name(Precision precision);

/// The half precision of the device: fp16, but bf16 on a CPU (there fp16 would need loss scaling and be slow).
Precision half_precision(const c10::Device& device);

/// The precision that a run on `device` gets if it asks for `wanted`. If the two differ, the caller reports it once.
Precision supported_precision(Precision wanted, const c10::Device& device);

/// Autocast is on while it lives, for the thread that makes it; the loop has one around each step. It does nothing for
/// fp32, so autocast that the embedding program has opened stays on.
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

/// Autocast is off while it lives: an optimizer's update has one, within the step's PrecisionScope. At its end it drops
/// the copies of weights that autocast keeps, since the weights have changed.
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

/// Inside a FullPrecisionScope: restores autocast as it is outside, for a forward pass that an optimizer asks for.
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
