#include "millrace/checkpoint/dtype_names.h"

namespace millrace {
namespace {

constexpr DtypeNames kDtypes[] = {
    {c10::kFloat, "float32", "FloatStorage"},
    {c10::kDouble, "float64", "DoubleStorage"},
    {c10::kHalf, "float16", "HalfStorage"},
    {c10::kBFloat16, "bfloat16", "BFloat16Storage"},
    {c10::kLong, "int64", "LongStorage"},
    {c10::kInt, "int32", "IntStorage"},
    {c10::kShort, "int16", "ShortStorage"},
    {c10::kChar, "int8", "CharStorage"},
    {c10::kByte, "uint8", "ByteStorage"},
    {c10::kBool, "bool", "BoolStorage"},
    {c10::kComplexFloat, "complex64", "ComplexFloatStorage"},
    {c10::kComplexDouble, "complex128", "ComplexDoubleStorage"},
    {c10::kComplexHalf, "complex32", ""},
    {c10::kUInt16, "uint16", ""},
    {c10::kUInt32, "uint32", ""},
    {c10::kUInt64, "uint64", ""},
    {c10::kFloat8_e4m3fn, "float8_e4m3fn", ""},
    {c10::kFloat8_e5m2, "float8_e5m2", ""},
    {c10::kFloat8_e4m3fnuz, "float8_e4m3fnuz", ""},
    {c10::kFloat8_e5m2fnuz, "float8_e5m2fnuz", ""},
};

template <class Predicate>
const DtypeNames* first_where(Predicate matches) {
  for (const DtypeNames& names : kDtypes)
    if (matches(names)) return &names;
  return nullptr;
}

}  // namespace

const DtypeNames* find_dtype(c10::ScalarType dtype) {
  return first_where([&](const DtypeNames& names) { return names.dtype == dtype; });
}

const DtypeNames* find_dtype(std::string_view dtype_name) {
  return first_where([&](const DtypeNames& names) { return names.dtype_name == dtype_name; });
}

const DtypeNames* find_storage_class(std::string_view storage_class) {
  if (storage_class.empty()) return nullptr;
  return first_where([&](const DtypeNames& names) { return names.storage_class == storage_class; });
}

}  // namespace millrace
