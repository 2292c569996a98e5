#include "millrace/tensor/precision.h"

#include <ATen/autocast_mode.h>

#include "millrace/registry/enum_names.h"

namespace millrace {

const std::string& precision_name(Precision precision) { return enum_name(precision); }

Precision half_precision(const c10::Device& device) { return device.is_cpu() ? Precision::bf16 : Precision::fp16; }

Precision supported_precision(Precision wanted, const c10::Device& device) {
  return wanted == Precision::fp16 ? half_precision(device) : wanted;
}

PrecisionScope::PrecisionScope(Precision precision, const c10::Device& device)
    : device_(device.type()), opened_(precision != Precision::fp32) {
  if (!opened_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_);
  was_dtype_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_dtype(device_, precision == Precision::bf16 ? at::kBFloat16 : at::kHalf);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::increment_nesting();
}

PrecisionScope::~PrecisionScope() {
  if (!opened_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, was_dtype_);
}

FullPrecisionScope::FullPrecisionScope(c10::DeviceType device)
    : device_(device), was_enabled_(at::autocast::is_autocast_enabled(device)) {
  if (was_enabled_) at::autocast::set_autocast_enabled(device_, false);
}

FullPrecisionScope::~FullPrecisionScope() {
  if (!was_enabled_) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, true);
}

OuterPrecisionScope::OuterPrecisionScope(const FullPrecisionScope& full) : full_(full) {
  if (full_.was_enabled_) at::autocast::set_autocast_enabled(full_.device_, true);
}

OuterPrecisionScope::~OuterPrecisionScope() {
  if (!full_.was_enabled_) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(full_.device_, false);
}

}  // namespace millrace
