#include "millrace/optim/amp_optim_wrapper.h"

namespace millrace {

namespace {

Precision precision_of(const std::optional<AmpOptimWrapper::Dtype>& dtype) {
  if (!dtype || *dtype == AmpOptimWrapper::Dtype::float16) return Precision::fp16;
  return *dtype == AmpOptimWrapper::Dtype::bfloat16 ? Precision::bf16 : Precision::fp32;
}

std::optional<LossScaler> scaler_of(const AmpOptimWrapper::Options& options, const c10::Device& device) {
  if (!options.loss_scale) {
    if (supported_precision(precision_of(options.dtype), device) != Precision::fp16) return std::nullopt;
    return LossScaler();
  }
  if (const auto* factor = std::get_if<double>(&*options.loss_scale)) return LossScaler::fixed(*factor);
  const auto* dynamic = std::get_if<LossScaler::Options>(&*options.loss_scale);
  if (dynamic && !dynamic->enabled) return std::nullopt;
  return dynamic ? LossScaler(*dynamic) : LossScaler();
}

}  // namespace

AmpOptimWrapper::AmpOptimWrapper(const ModuleView& model, Options options) : OptimWrapper(model, options.common) {
  facts_ = facts_of(options);
  scaler_ = scaler_of(checked<AmpOptimWrapper>(options), groups()[0].params[0].device());
}

AmpOptimWrapper::Facts AmpOptimWrapper::facts_of(const Options& options) {
  Facts facts = options.common.facts();
  facts.precision = precision_of(options.dtype);
  return facts;
}

MILLRACE_REGISTER(OptimWrapper, AmpOptimWrapper);

}  // namespace millrace
