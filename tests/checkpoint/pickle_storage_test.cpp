#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "millrace/checkpoint/storage_bytes.h"
#include "tests/checkpoint/python.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Tensors of each kind: types with and without a storage class, a view, no element, no dimension, a conjugate.
State many_tensors() {
  State state = State::list();
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort,
                                     at::kChar, at::kByte, at::kBool, at::kComplexFloat, at::kUInt16})
    state.push_back(at::arange(6).to(dtype).view({2, 3}));
  state.push_back(at::arange(100).view({10, 10}).slice(1, 2, 9, 3));
  state.push_back(at::zeros({0, 3}));
  state.push_back(at::tensor(2.5));
  state.push_back(at::arange(3).to(at::kComplexFloat).conj());
  return State::dict({{"tensors", std::move(state)}, {"name", "grün"}, {"pair", State::tuple({1, nullptr})}});
}

class WithFolder : public testing::Test {
 protected:
  State written_and_read(const State& state) {
    const std::string path = folder_.write("a.pkl", pickle_with_storages(state));
    return read_pickle_file(path);
  }
  ScratchFolder folder_;
};
using PickleWithStorages = WithFolder;

TEST_F(PickleWithStorages, IsReadAgain) {
  const State state = many_tensors();
  EXPECT_TRUE(written_and_read(state).equals(state));
}

TEST_F(PickleWithStorages, HoldsOnlyTheElementsOfAView) {
  const at::Tensor row = at::zeros({100000, 2})[7];
  EXPECT_LT(pickle_with_storages(State(row)).size(), 1000u);
}

class PickleOfPython : public WithFolder {
 protected:
  void SetUp() override {
    if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  }
  std::string run(const std::string& code) {
    const std::string script = folder_.write("script.py", "import pickle, sys, torch\n" + code);
    const auto [output, is_well] =
        output_of("cd '" + folder_.path().string() + "' && '" + python_with_torch() + "' " + script + " 2>errors");
    EXPECT_TRUE(is_well) << io::read_file(folder_ / "errors");
    return output;
  }
};

TEST_F(PickleOfPython, LoadsWhatWeWrite) {
  folder_.write("a.pkl", pickle_with_storages(many_tensors()));
  EXPECT_EQ(run(R"(
d = pickle.load(open('a.pkl', 'rb'))
t = d['tensors']
same = [torch.equal(x, torch.arange(6).to(x.dtype).view(2, 3)) for x in t[:11]]
print(all(same), [str(x.dtype)[6:] for x in t[:12]], t[11].tolist())
print(t[12].tolist() == torch.arange(100).view(10, 10)[:, 2:9:3].tolist(), tuple(t[13].shape), t[14].item(), t[15].tolist())
print(d['name'], d['pair'])
)"),
            "True ['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool', "
            "'complex64', 'uint16'] [[0, 1, 2], [3, 4, 5]]\n"
            "True (0, 3) 2.5 [-0j, (1-0j), (2-0j)]\n"
            "grün (1, None)\n");
}

TEST_F(PickleOfPython, IsReadInEveryProtocol) {
  for (const int protocol : {2, 3, 4, 5}) {
    run("rows = [dict(x=torch.arange(6.).view(2, 3)[:, 1], y=torch.tensor([7]), z=torch.tensor(1, "
        "dtype=torch.uint16))]\n"
        "pickle.dump(rows, open('b.pkl', 'wb'), protocol=" +
        std::to_string(protocol) + ")\n");
    const State row = read_pickle_file(folder_ / "b.pkl").items().at(0);
    EXPECT_THAT(row.at("x").tensor(), SameTensor(at::tensor({1.F, 4.F})));
    EXPECT_THAT(row.at("y").tensor(), SameTensor(at::tensor({7}, at::kLong)));
    EXPECT_EQ(row.at("z").tensor().scalar_type(), at::kUInt16);
  }
}

TEST(StorageBytes, AreRefusedIfAnyByteOfTheirFrameIsAbsent) {
  const std::string bytes = storage_bytes(at::ones({3}));
  EXPECT_EQ(storage_of_bytes(bytes).elements, 3);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(storage_of_bytes(std::string_view(bytes).substr(0, size)), std::invalid_argument) << size;
  EXPECT_THROW(storage_of_bytes(bytes + "x"), std::invalid_argument);
}

TEST(StorageBytes, OfAnAbsurdSizeTakeNoMemory) {
  std::string bytes = storage_bytes(at::ones({3}));
  const size_t count = bytes.find(std::string("\x8a\x08\x03", 3));  // the number of elements in the pickle
  ASSERT_NE(count, std::string::npos);
  bytes.replace(count + 2, 8, std::string("\xff\xff\xff\xff\xff\xff\0\0", 8));
  EXPECT_THROW(storage_of_bytes(bytes), std::invalid_argument);
}

}  // namespace
}  // namespace millrace
