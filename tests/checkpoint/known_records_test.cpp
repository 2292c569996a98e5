#include "millrace/checkpoint/known_records.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

#include <cstring>

namespace millrace {
namespace {

State numpy_dtype(const std::string& name, const std::string& order = "<") {
  return State::Record{"numpy.dtype", State::tuple({name, false, true}), State::tuple({3, order, nullptr}), nullptr};
}

State numpy_ndarray(const State& dtype, const State& shape, bool is_fortran, std::string data) {
  return State::Record{
      "numpy.core.multiarray._reconstruct",
      State::tuple({State::Record{"numpy.ndarray", nullptr, nullptr, nullptr}, State::tuple({0}), State::Bytes{"b"}}),
      State::tuple({1, shape, dtype, is_fortran, State::Bytes{std::move(data)}}), nullptr};
}

template <class T>
std::string numpy_memory(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(KnownRecords, TurnsArraysIntoTensors) {
  const State array = numpy_ndarray(numpy_dtype("f8"), State::tuple({2, 2}), false, numpy_memory<double>({1, 2, 3, 4}));
  EXPECT_TRUE(without_known_records(array).equals(at::tensor({1.0, 2.0, 3.0, 4.0}, at::kDouble).reshape({2, 2})));
}

TEST(KnownRecords, TurnsArraysInFortranOrder) {
  const State array =
      numpy_ndarray(numpy_dtype("i2"), State::tuple({2, 3}), true, numpy_memory<int16_t>({1, 4, 2, 5, 3, 6}));
  EXPECT_TRUE(without_known_records(array).equals(at::tensor({1, 2, 3, 4, 5, 6}, at::kShort).reshape({2, 3})));
}

TEST(KnownRecords, LeavesAnEmptyArrayWhoseOtherSizesOverflow) {
  const int64_t huge = int64_t{1} << 62;
  const State array = numpy_ndarray(numpy_dtype("f4"), State::tuple({0, huge, huge}), false, "");
  EXPECT_EQ(without_known_records(array).kind(), State::Kind::record);
}

TEST(KnownRecords, TurnsArraysOfBigEndianNumbers) {
  const State array = numpy_ndarray(numpy_dtype("i4", ">"), State::tuple({1}), false, std::string("\0\0\1\2", 4));
  EXPECT_TRUE(without_known_records(array).equals(at::tensor({258}, at::kInt)));
}

TEST(KnownRecords, TurnsScalarsIntoNumbers) {
  const auto scalar = [](const std::string& dtype, std::string data) {
    return without_known_records(State::Record{
        "numpy._core.multiarray.scalar", State::tuple({numpy_dtype(dtype), State::Bytes{std::move(data)}}), {}, {}});
  };
  EXPECT_EQ(scalar("f8", numpy_memory<double>({0.25})).number(), 0.25);
  EXPECT_EQ(scalar("f4", numpy_memory<float>({0.25f})).number(), 0.25);
  EXPECT_EQ(scalar("i8", numpy_memory<int64_t>({-7})).integer(), -7);
  EXPECT_EQ(scalar("u8", numpy_memory<uint64_t>({UINT64_MAX})).kind_name(), "int");
  EXPECT_TRUE(scalar("b1", "\1").boolean());
}

TEST(KnownRecords, TurnsHistoriesAndCountersIntoDicts) {
  const State history = State::Record{"mmengine.logging.history_buffer.HistoryBuffer", State::tuple(),
                                      State::dict({{"max_length", 9},
                                                   {"_log_history", State::list({1.5})},
                                                   {"_count_history", State::list({1})},
                                                   {"statistics_methods", nullptr}}),
                                      nullptr};
  EXPECT_TRUE(without_known_records(history).equals(
      State::dict({{"values", State::list({1.5})}, {"counts", State::list({1})}, {"max_length", 9}})));
  const State counter = State::Record{"collections.Counter", State::tuple({State::dict({{30, 1}})}), nullptr, nullptr};
  EXPECT_TRUE(without_known_records(State::list({counter})).equals(State::list({State::dict({{30, 1}})})));
}

TEST(KnownRecords, LeavesWhatDoesNotLookAsItShould) {
  const State short_data = numpy_ndarray(numpy_dtype("f8"), State::tuple({2}), false, "short");
  const State of_objects = numpy_ndarray(numpy_dtype("O8"), State::tuple({1}), false, "12345678");
  const State absurd = numpy_ndarray(numpy_dtype("f8"), State::tuple({INT64_MAX, INT64_MAX}), false, "");
  const State unknown = State::Record{"m.C", State::tuple({1}), nullptr, nullptr};
  for (const State& record : {short_data, of_objects, absurd, unknown})
    EXPECT_TRUE(without_known_records(record).equals(record)) << record.kind_name();
}

}  // namespace
}  // namespace millrace
