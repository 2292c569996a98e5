#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/CPUAllocator.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cstring>
#include <random>

#include "millrace/base/error.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/checkpoint/pickle_writer.h"
#include "millrace/checkpoint/zip_format.h"
#include "tests/checkpoint/describe.h"
#include "tests/checkpoint/random_state.h"

namespace millrace {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr, testing::ThrowsMessage;

State pickle_and_back(const State& state) {
  const PickledState pickled = pickle_state(state);
  return read_pickle(pickled.pickle, "test.pth", [&](std::string_view key, int64_t) {
    return pickled.storages.at(std::stoul(std::string(key))).storage;
  });
}

/// Reads a pickle beside which one storage lies, "0", of 64 zero bytes.
State unpickle(const std::string& pickle) {
  const at::Tensor memory = at::zeros({64}, at::kByte);
  return read_pickle(pickle, "test.pth", [&](std::string_view key, int64_t size_bytes) {
    if (key != "0" || size_bytes > 64) throw Error("no such storage");
    return memory.storage();
  });
}

TEST(Pickle, ReadsBackWhatItWrote) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const State state = RandomState(seed).make(6);
    const State read = pickle_and_back(state);
    ASSERT_TRUE(read.equals(state)) << seed;
    ASSERT_EQ(Describer().of(read), Describer().of(state)) << seed;
  }
}

TEST(Pickle, KeepsSharedMemoryShared) {
  const at::Tensor base = at::arange(6, at::kFloat);
  const State read = pickle_and_back(State::list({base, base.slice(0, 2, 4), at::ones({2})}));
  read.items()[0].tensor().fill_(7);
  EXPECT_EQ(read.items()[1].tensor().sum().item<double>(), 14);
  EXPECT_EQ(read.items()[2].tensor().sum().item<double>(), 2);
}

TEST(Pickle, WritesMemoryThatTwoTypesShareOnceForEach) {
  const at::Tensor floats = at::ones({4}, at::kFloat);
  const PickledState pickled = pickle_state(State::list({floats, floats.view(at::kInt), floats.slice(0, 1)}));
  EXPECT_EQ(pickled.storages.size(), 2u);
}

TEST(Pickle, NamesThePlaceOfWhatItCannotWrite) {
  const State record = State::Record{"mmengine.config.Config", State::tuple(), nullptr, nullptr};
  const State state = State::dict({{"meta", State::list({0, State::dict({{7, record}})})}});
  EXPECT_THAT(
      [&] { pickle_state(state); },
      ThrowsMessage<Error>("meta[1][7]: an object of the class mmengine.config.Config, which torch.load refuses"));
  EXPECT_THAT([] { pickle_state("\xff"); },
              ThrowsMessage<Error>("the state: a text that is not UTF-8; store it as bytes"));
  EXPECT_THAT(
      [] {
        pickle_state(State::dict({{State::list(), 1}}));
      },
      ThrowsMessage<Error>("the state: a list is the key of a dict"));
  EXPECT_THAT([] { pickle_state(at::zeros({2}).to_sparse()); }, ThrowsMessage<Error>(HasSubstr("only dense tensors")));
}

TEST(Pickle, RefusesToNestTooDeep) {
  State deep;
  for (int i = 0; i < 501; ++i) deep = State::list({std::move(deep)});
  EXPECT_THAT([&] { pickle_state(deep); }, ThrowsMessage<Error>(HasSubstr("nested more than 500 deep")));
  EXPECT_NO_THROW(pickle_and_back(deep.items()[0]));
}

TEST(Pickle, MakesInertRecordsOfUnknownClasses) {
  const State state = unpickle("\x80\2cmy.module\nThing\n)\x81}X\1\0\0\0aK\1sb."s);
  ASSERT_EQ(state.kind_name(), "my.module.Thing");
  EXPECT_TRUE(state.record().arguments.items().empty());
  EXPECT_EQ(state.record().state.at("a").integer(), 1);
  EXPECT_TRUE(unpickle("cmy.module\nfunction\n."s).record().arguments.is_none());
}

TEST(Pickle, KeepsTheItemsOfSubclassesOfDictAndList) {
  const State dict = unpickle("cm\nConfigDict\n)\x81X\1\0\0\0aK\1s."s);
  EXPECT_EQ(dict.record().items.at("a").integer(), 1);
  const State list = unpickle("cm\nList\n)\x81(K\1K\2e."s);
  EXPECT_EQ(list.record().items.items().size(), 2u);
}

TEST(Pickle, KeepsTheLastValueOfAKey) {
  const State state = unpickle("}(X\1\0\0\0aK\1X\1\0\0\0bK\2X\1\0\0\0aK\3u."s);
  EXPECT_TRUE(state.equals(State::dict({{"a", 3}, {"b", 2}})));
}

TEST(Pickle, SharesWhatTheMemoShares) {
  EXPECT_TRUE(unpickle("]q\0K\5a0h\0h\0\x86."s).equals(State::tuple({State::list({5}), State::list({5})})));
}

TEST(Pickle, ReadsIntegersOfEveryWidth) {
  EXPECT_EQ(unpickle("\x8a\0."s).integer(), 0);
  EXPECT_EQ(unpickle("\x8a\1\xff."s).integer(), -1);
  EXPECT_EQ(unpickle("\x8a\2\xff\0."s).integer(), 255);
  EXPECT_EQ(unpickle("\x8a\x0a\1\0\0\0\0\0\0\0\0\0."s).integer(), 1);
  EXPECT_EQ(unpickle("\x8a\x08\0\0\0\0\0\0\0\x80."s).integer(), INT64_MIN);
  EXPECT_EQ(unpickle("\x8a\x09\0\0\0\0\0\0\0\x80\0."s).kind_name(), "int");
  EXPECT_EQ(unpickle("I-42\n."s).integer(), -42);
  EXPECT_EQ(unpickle("L42L\n."s).integer(), 42);
  EXPECT_TRUE(unpickle("I01\n."s).boolean());
}

const std::string kStorage =
    "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
    "0X\3\0\0\0cpuK\x10tQ"s;

std::string tensor_pickle(const std::string& offset, const std::string& sizes, const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + kStorage + offset + sizes + strides + "\x89}tR.";
}

TEST(Pickle, BuildsATensorInItsStorage) {
  EXPECT_EQ(unpickle(tensor_pickle("K\1", "K\5K\3\x86", "K\3K\1\x86")).tensor().sizes(), (std::vector<int64_t>{5, 3}));
  EXPECT_EQ(unpickle(kStorage + ".").tensor().sizes(), (std::vector<int64_t>{16}));
}

std::string number64(uint64_t value) {
  std::string text = "\x8a\x08";
  zip::put(text, value);
  return text;
}

std::string text_times(const std::string& text, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

/// memo 0 is `first`; each of the others holds the one before ten times.
std::string memo_bomb(const std::string& first, int levels) {
  std::string text = first + "q\0"s;
  for (int i = 0; i < levels; ++i)
    text += "0](" + text_times("h"s + static_cast<char>(i), 10) + "eq" + static_cast<char>(i + 1);
  return text + ".";
}

std::string text_of_size(uint32_t size) {
  std::string text = "X";
  zip::put(text, size);
  return text + std::string(size, 'x');
}

struct HostilePickle {
  const char* what;
  std::string pickle;
  const char* error;
};

std::vector<HostilePickle> hostile_pickles() {
  const std::string big = number64(uint64_t{1} << 62);
  return {
      {"nothing", "", "1 bytes are announced, 0 are left"},
      {"nothing but an end", ".", "0 objects are left"},
      {"no end", "N", "0 are left"},
      {"two objects", "NN.", "2 objects are left"},
      {"an open mark", "(N.", "1 objects are left"},
      {"an unknown opcode", "\xff.", "the unknown opcode 0xff"},
      {"a protocol of the future", "\x80\x06N.", "protocol above 5"},
      {"an extension code", "\x82\x01.", "the unknown opcode 0x82"},
      {"a buffer from outside", "\x97.", "the unknown opcode 0x97"},
      {"a text of 4 GiB", "X\xff\xff\xff\xff.", "4294967295 bytes are announced, 1 are left"},
      {"a text of 2^63 bytes", "\x8d\0\0\0\0\0\0\0\x80."s, "9223372036854775808 bytes"},
      {"bytes of 2^63 bytes", "\x8e\0\0\0\0\0\0\0\x80."s, "9223372036854775808 bytes"},
      {"an integer of 4 GiB", "\x8b\xff\xff\xff\xff.", "4294967295 bytes"},
      {"a frame beyond the end", "\x95\0\0\0\0\1\0\0\0N."s, "a frame beyond the end"},
      {"an empty stack", "0.", "the stack is empty"},
      {"a stack below a mark", "N(\x85.", "the stack is empty"},
      {"a tuple without a mark", "NNt.", "no mark"},
      {"a memo that is not set", "h\5."s, "memo 5 is not set"},
      {"a memo far away", "Nr\xff\xff\xff\xff.", "memo 4294967295 is set after 0"},
      {"a list in itself", "]q\0h\0a."s, "contains itself"},
      {"a tuple in its list",
       "]q\0h\0\x85"
       "a."s,
       "contains itself"},
      {"a dict in itself", "}q\0K\1h\0s."s, "contains itself"},
      {"an object whose state is itself", "cm\nC\n)\x81q\0h\0b."s, "contains itself"},
      {"a memo bomb of lists", memo_bomb("]", 12), "too much memory"},
      {"a memo bomb of texts", memo_bomb(text_of_size(1 << 20), 5), "too much memory"},
      {"a memo bomb of keys",
       text_of_size(1 << 20) +
           "q\0"
           "0}("s +
           text_times("h\0N"s, 1000) + "u.",
       "too much memory"},
      {"a text bomb by encoding",
       text_of_size(1 << 20) +
           "q\0"
           "0c_codecs\nencode\nq\1"
           "0X\6\0\0\0latin1q\2"
           "0("s +
           text_times("h\1h\0h\2\x86R"s, 500) + "t.",
       "more text than its size allows"},
      {"many small objects", "(" + text_times("]", 5'000'000) + "t.", "more objects than its size allows"},
      {"lists 100000 deep", text_times("]", 100'000) + text_times("a", 99'999) + ".", "nested more than 500 deep"},
      {"tuples 100000 deep", "N" + text_times("\x85", 100'000) + ".", "nested more than 500 deep"},
      {"calls 100000 deep", "cm\nf\n" + text_times(")R", 100'000) + ".", "nested more than 500 deep"},
      {"os.system", "cos\nsystem\nX\4\0\0\0true\x85R."s, "would use os.system"},
      {"posix.system", "\x80\2}X\1\0\0\0acposix\nsystem\nX\4\0\0\0true\x85Rs."s, "would use posix.system"},
      {"eval",
       "c__builtin__\neval\nX\1\0\0\0"
       "1\x85R."s,
       "would use __builtin__.eval"},
      {"exec by a stack of names",
       "\x8c\x08"
       "builtins\x8c\x04"
       "exec\x93\x8c\1x\x85R."s,
       "would use builtins.exec"},
      {"subprocess by NEWOBJ", "csubprocess\nPopen\n)\x81."s, "would use subprocess.Popen"},
      {"os.system by INST", "(X\4\0\0\0trueios\nsystem\n."s, "would use os.system"},
      {"os.system by OBJ", "(cos\nsystem\nX\4\0\0\0trueo."s, "would use os.system"},
      {"os.system by NEWOBJ_EX", "cos\nsystem\n)}\x92."s, "would use os.system"},
      {"a call with no tuple", "cm\nf\nNR.", "not a tuple"},
      {"a call of a number", "K\1)R.", "something that is not a function"},
      {"a class without a name", "cm\n\n.", "without a name"},
      {"a class with an endless name", "cm\n" + std::string(100'000, 'x') + "\n.", "more than 1000 characters"},
      {"a class whose name is a number", "NN\x93.", "not text"},
      {"attributes of a class", "cm\nC\n}b.", "what has none"},
      {"attributes of a list", "]}b.", "what has none"},
      {"a key without a value", "}(K\1u.", "a key without a value"},
      {"items for a list", "]K\1K\2s.", "something that is not a dict"},
      {"an item for a dict", "}K\1a.", "something that is not a list"},
      {"set items for a list", "](K\1\x90.", "no set"},
      {"a list as key", "}]Ns.", "not a scalar"},
      {"a text that is not UTF-8", "X\1\0\0\0\xff."s, "not UTF-8"},
      {"an overlong text", "X\2\0\0\0\xc0\x80."s, "not UTF-8"},
      {"bytes of wide characters", "c_codecs\nencode\nX\3\0\0\0\xe6\xbc\xa2X\6\0\0\0latin1\x86R."s, "above 255"},
      {"a decimal that is none", "I12x\n.", "an invalid decimal integer"},
      {"a float that is none", "Fabc\n.", "an invalid number"},
      {"a storage that is a number", "K\1Q.", "not written as torch.save does"},
      {"a storage elsewhere", "(X\7\0\0\0storagectorch\nFloatStorage\nX\x09\0\0\0../../etcX\3\0\0\0cpuK\1tQ."s,
       "no such"},
      {"a storage of 2^62 elements",
       "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
       "0X\3\0\0\0cpu"s +
           big + "tQ.",
       "a storage of 4611686018427387904 elements"},
      {"a storage of less than nothing",
       "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
       "0X\3\0\0\0cpuJ\xff\xff\xff\xfftQ."s,
       "a storage of -1 elements"},
      {"a storage of another class",
       "(X\7\0\0\0storagecos\nsystem\nX\1\0\0\0"
       "0X\3\0\0\0cpuK\1tQ."s,
       "would use os.system"},
      {"a tensor beyond its storage", tensor_pickle("K\0"s, "K\5K\4\x86", "K\4K\1\x86"),
       "element 19 of a storage of 16"},
      {"an offset beyond its storage", tensor_pickle("K\x11", "K\0\x85"s, "K\1\x85"), "behind the end"},
      {"a negative offset", tensor_pickle("J\xff\xff\xff\xff", "K\1\x85", "K\1\x85"), "the offset"},
      {"a negative stride", tensor_pickle("K\5", "K\2\x85", "J\xff\xff\xff\xff\x85"), "the strides"},
      {"a size that overflows", tensor_pickle("K\0"s, big + big + "\x86", "K\0K\0\x86"s), "overflows"},
      {"a stride that overflows", tensor_pickle("K\0"s, "K\5\x85", big + "\x85"), "overflows"},
      {"2^62 elements in one", tensor_pickle("K\0"s, big + "\x85", "K\0\x85"s),
       "a tensor of 4611686018427387904 elements"},
      {"65 dimensions", tensor_pickle("K\0"s, "(" + text_times("K\1", 65) + "t", "(" + text_times("K\1", 65) + "t"),
       "65 dimensions"},
      {"more sizes than strides", tensor_pickle("K\0"s, "K\1K\1\x86", "K\1\x85"), "more sizes than strides"},
      {"a tensor without a storage", "ctorch._utils\n_rebuild_tensor_v2\n(NK\0))\x89}tR."s, "without a storage"},
      {"a tensor of another type", "ctorch._utils\n_rebuild_tensor_v3\n(" + kStorage + "K\0))\x89}ctorch\nfloat7\ntR."s,
       "unknown type torch.float7"},
      {"a parameter without a tensor", "ctorch._utils\n_rebuild_parameter\nN\x88N\x87R.", "without a tensor"},
  };
}

TEST(Pickle, RefusesHostilePickles) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const std::vector<HostilePickle> all = hostile_pickles();
  EXPECT_GE(all.size(), 50u);
  for (const HostilePickle& hostile : all)
    EXPECT_THAT([&] { unpickle(hostile.pickle); }, ThrowsMessage<Error>(HasSubstr(hostile.error))) << hostile.what;
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 1 << 20) << "kB of memory";  // 1 GiB; five million objects are honest
}

TEST(Pickle, EndsWellOnAnyChangeOfAPickle) {
  std::mt19937_64 random(5);
  const at::Tensor memory = at::zeros({1 << 16}, at::kByte);
  const auto load = [&](std::string_view, int64_t size_bytes) {
    if (size_bytes > (1 << 16)) throw Error("no such storage");
    return memory.storage();
  };
  for (uint64_t n = 0; n < 5000; ++n) {
    std::string pickle = pickle_state(RandomState(n % 50).make(4)).pickle;
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const size_t at = random() % pickle.size();
      switch (random() % 4) {
        case 0:
          pickle[at] = static_cast<char>(random());
          break;
        case 1:
          pickle.erase(at, random() % 4);
          break;
        case 2:
          pickle.insert(at, pickle.substr(random() % pickle.size(), random() % 20));
          break;
        default:
          pickle[at] = static_cast<char>(pickle[at] ^ (1 << random() % 8));
          break;
      }
      if (pickle.empty()) pickle = ".";
    }
    try {
      read_pickle(pickle, "changed.pth", load);
    } catch (const Error&) {  // any other end is a failure
    }
  }
}

}  // namespace
}  // namespace millrace
