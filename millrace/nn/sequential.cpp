#include "millrace/nn/sequential.h"

#include <ostream>

namespace millrace::nn {

at::Tensor SequentialImpl::forward(at::Tensor x) {
  for (const Step& step : steps_) x = step.run(*step.module, x);
  return x;
}

void SequentialImpl::pretty_print(std::ostream& stream) const { stream << "millrace::nn::Sequential"; }

}  // namespace millrace::nn
