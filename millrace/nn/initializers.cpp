#include "millrace/nn/initializers.h"

#include <fmt/format.h>

#include "millrace/nn/fan_initializers.h"

namespace millrace::nn::init {

std::string Constant::own_text() const { return fmt::format("ConstantInit: val={}", val_); }

std::string Normal::own_text() const { return fmt::format("NormalInit: mean={}, std={}", options_.mean, options_.std); }

std::string TruncNormal::own_text() const {
  return fmt::format("TruncNormalInit: a={}, b={}, mean={}, std={}", options_.a, options_.b, options_.mean,
                     options_.std);
}

std::string Uniform::own_text() const { return fmt::format("UniformInit: a={}, b={}", options_.a, options_.b); }

std::string Xavier::own_text() const {
  return fmt::format("XavierInit: gain={}, distribution={}", options_.gain, enum_name(options_.distribution));
}

std::string Kaiming::own_text() const {
  return fmt::format("KaimingInit: a={}, mode={}, nonlinearity={}, distribution={}", options_.a,
                     enum_name(options_.mode), enum_name(options_.nonlinearity), enum_name(options_.distribution));
}

std::string Caffe2Xavier::own_text() const {
  return "Caffe2XavierInit: a=1, mode=fan_in, nonlinearity=leaky_relu, distribution=uniform";
}

MILLRACE_REGISTER(Initializer, Constant);
MILLRACE_REGISTER_AS(Initializer, Constant, ConstantInit);
MILLRACE_REGISTER(Initializer, Normal);
MILLRACE_REGISTER_AS(Initializer, Normal, NormalInit);
MILLRACE_REGISTER(Initializer, TruncNormal);
MILLRACE_REGISTER_AS(Initializer, TruncNormal, TruncNormalInit);
MILLRACE_REGISTER(Initializer, Uniform);
MILLRACE_REGISTER_AS(Initializer, Uniform, UniformInit);
MILLRACE_REGISTER(Initializer, Xavier);
MILLRACE_REGISTER_AS(Initializer, Xavier, XavierInit);
MILLRACE_REGISTER(Initializer, Kaiming);
MILLRACE_REGISTER_AS(Initializer, Kaiming, KaimingInit);
MILLRACE_REGISTER(Initializer, Caffe2Xavier);
MILLRACE_REGISTER_AS(Initializer, Caffe2Xavier, Caffe2XavierInit);

}  // namespace millrace::nn::init
