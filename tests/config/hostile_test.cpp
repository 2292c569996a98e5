#include <gmock/gmock.h>

#include "millrace/config/json.h"
#include "millrace/config/overrides.h"
#include "millrace/config/yaml.h"
#include "tests/config/config_folder.h"

namespace millrace {
namespace {
using testing::AnyOf;
using testing::HasSubstr;

std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string refused(const std::string& source, Config::Format format = Config::Format::python) {
  try {
    Config::from_string(source, format, "c");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(HostileConfig, StopsAtTheLimitOfText) {
  EXPECT_EQ(refused("x = 'x' * 10**9"), "c:1:5: the config makes more than 64 MB of text");
  EXPECT_EQ(refused("x = 'xxxxxxxxxx'\nfor i in range(100): x = x + x\n"),
            "c:2:26: the config makes more than 64 MB of text");
  EXPECT_THAT(refused("x = '{:>999999999}'.format(1)"), HasSubstr("a format width is at most"));
  EXPECT_THAT(refused("x = '%999999999d' % 1"), HasSubstr("a format width is at most"));
  EXPECT_THAT(refused("w = 999999999\nx = f'{1:{w}}'"), HasSubstr("a format width is at most 1048576"));
  EXPECT_THAT(refused("x = '%.999999999f' % 1.0"), HasSubstr("a format width is at most"));
  EXPECT_THAT(refused("x = '%*d' % (999999999, 1)"), HasSubstr("'%*' is not a format"));
  for (const char* method : {"zfill", "center", "ljust", "rjust"})
    EXPECT_THAT(refused(std::string("x = 'a'.") + method + "(10**12)"), HasSubstr("a format width is at most 1048576"));
  EXPECT_THAT(refused("x = ['a'.ljust(1000000) for i in range(1000)]"), HasSubstr("64 MB"));
  EXPECT_THAT(refused("x = 'a' * 1000000\ny = x.replace('', x)"), HasSubstr("64 MB"));
  EXPECT_THAT(refused("x = 'a' * 1000000\ny = x.replace('a', x)"), HasSubstr("64 MB"));
  EXPECT_THAT(refused("x = ','.join(['a' * 100000] * 10000)"), HasSubstr("64 MB"));
}

TEST(HostileConfig, StopsAtTheLimitOfSteps) {
  EXPECT_EQ(refused("x = [0] * 10**9"), "c:1:5: the config takes more than 2000000 steps to read");
  for (const char* size : {"list(range(10**12))", "range(10**12)", "len(range(10**12))", "[[0] * 1000] * 10**9",
                           "[[[0] * 1000] * 1000] * 1000", "(0,) * 10**9", "sum(range(10**12))"})
    EXPECT_THAT(refused(std::string("x = ") + size), HasSubstr("2000000 steps")) << size;
  EXPECT_THAT(refused("x = {i: i for i in range(1000000)}"), HasSubstr("2000000 steps"));
  EXPECT_THAT(refused("x = [0 for a in range(1000) for b in range(1000) for c in range(1000)]"),
              HasSubstr("2000000 steps"));
  EXPECT_THAT(refused("x = []\nfor i in range(1000000): x.append(x)\n"), HasSubstr("2000000 steps"));
  EXPECT_THAT(refused("x = [1]\nfor i in range(100): x += x\n"), HasSubstr("2000000 steps"));
}

/// Each takes long without making anything: what it looks at counts.
TEST(HostileConfig, StopsAtLongSearches) {
  const std::string texts = "x = 'a' * 1000000 + 'b'\ny = 'a' * 500000 + 'c'\n";
  for (const char* search : {"y in x", "x.find(y)", "x.rfind(y)", "x.count(y)", "x.split(y)", "x.replace(y, '')",
                             "x.partition(y)", "x.rpartition(y)", "x.rsplit(y, 1)"})
    EXPECT_THAT(refused(texts + "z = " + search + "\n"), HasSubstr("2000000 steps")) << search;
  for (const char* scan : {"x == x[:-1] + 'c'", "x < x", "len(x)", "x.upper()", "x.startswith(x)", "x.strip()",
                           "x.isdigit()", "{x: 1}", "x.split('c')"})
    EXPECT_THAT(refused(texts + "r = range(1000)\nfor i in r:\n  for j in r:\n    for k in r: z = " + scan + "\n"),
                HasSubstr("the config"))
        << scan;
  EXPECT_THAT(refused("x = [0] * 100000\nfor i in range(10**6): z = 1 in x\n"), HasSubstr("2000000 steps"));
  EXPECT_THAT(refused("x = [f'{1e308:,.50f}' for i in range(10**6)]\n"), HasSubstr("the config takes more"));
}

TEST(HostileConfig, ReadsLongSourcesInTimeOfTheirLength) {
  EXPECT_EQ(refused("x = " + repeated("'a' ", 900000)), "no error");
  EXPECT_EQ(refused("x = 1  #" + repeated("{{$A:", 800000)), "no error");
  EXPECT_EQ(refused("x = 1  #" + repeated("{{$A:", 700000) + " x }}"), "no error");
  EXPECT_EQ(refused("x = 1  #" + repeated("{{ ", 1000000)), "no error");
  EXPECT_THAT(refused("x = " + repeated("9", 1000000)), HasSubstr("the integer has more than 4300 digits"));
  EXPECT_THAT(refused("x = int('9' * 10**6)"), HasSubstr("the integer has more than 4300 digits"));
  EXPECT_THAT(refused("x = 0x" + repeated("f", 1000000)), HasSubstr("the integer has more than 4300 digits"));
  EXPECT_THAT(refused(repeated("x=1;", 1000000)), HasSubstr("2000000 steps"));
}

TEST(HostileConfig, StopsAtChainsOfSharedLists) {
  std::string chain = "a0 = [1, 2]\n";
  for (int i = 1; i < 40; ++i)
    chain += "a" + std::to_string(i) + " = [" + repeated("a" + std::to_string(i - 1) + ",", 10) + "]\n";
  EXPECT_THAT(refused(chain), HasSubstr("2000000 steps"));
  EXPECT_THAT(refused(chain + "x = a39 == [" + repeated("a38,", 10) + "]\n"), HasSubstr("2000000 steps"));
  for (const char* use : {"str(a39)", "f'{a39}'", "'%s' % (a39,)", "'{}'.format(a39)", "repr([a39])"})
    EXPECT_THAT(refused(chain + "x = " + use + "\n"), HasSubstr("2000000 steps")) << use;
  std::string tuples = "a0 = (1, 2)\n", dicts = "a0 = dict(x=1)\n";
  for (int i = 1; i < 40; ++i) {
    const std::string name = "a" + std::to_string(i), below = "a" + std::to_string(i - 1);
    tuples += name + " = (" + repeated(below + ",", 10) + ")\n";
    dicts += name + " = dict(k=" + below + ", l=" + below + ", m=[" + below + "])\n";
  }
  EXPECT_THAT(refused(tuples + "x = {a39: 1}\n"), HasSubstr("the key is nested too deeply"));
  EXPECT_THAT(refused(dicts), HasSubstr("2000000 steps"));
}

TEST(HostileConfig, StopsAtBigNumbers) {
  EXPECT_EQ(refused("x = 9**9**9"), "c:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(refused("x = 1 << 10**9"), "c:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(refused("x = 10**4299 * 10"), "c:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(refused("x = 10**4299 + 9 * 10**4299"), "c:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(refused("x = 10**4300"), "c:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(refused("x = 10**4299"), "no error");
  EXPECT_THAT(refused("x = 9.0**9999"), HasSubstr("the number is too large"));
}

/// What each operation on integers of 4300 digits costs counts, and so does what it makes.
TEST(HostileConfig, StopsAtManyOperationsOnBigNumbers) {
  const std::string numbers = "a = 10**4299 + 7\nb = 10**2149 + 3\nr = range(1000)\n";
  for (const char* work : {"a // b", "b * b", "b / b", "a & b", "'%x' % a", "a + b", "-a", "str(a)"})
    EXPECT_THAT(refused(numbers + "for i in r:\n  for j in r:\n    for k in r: z = " + work + "\n"),
                AnyOf(HasSubstr("the config takes more"), HasSubstr("64 MB of text")))
        << work;
  EXPECT_THAT(refused(numbers + "x = [a + i for i in r for j in r]\n"), HasSubstr("64 MB of text"));
}

TEST(HostileConfig, StopsAtDeepNesting) {
  EXPECT_EQ(refused("x = " + repeated("[", 100000)), "c:1:155: brackets are nested deeper than 150");
  EXPECT_THAT(refused("x = " + repeated("-", 100000) + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = " + repeated("not ", 100000) + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = " + repeated("lambda: ", 100000) + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = " + repeated("1 if 1 else ", 100000) + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = 1" + repeated("+1", 100000)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = 1" + repeated("**1", 100000)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = a" + repeated(".a", 100000)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused("x = f'" + repeated("{f\"", 100000)), HasSubstr(""));
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += std::string(static_cast<size_t>(i), ' ') + "if 1:\n";
  EXPECT_THAT(refused(blocks), HasSubstr("blocks are nested deeper than 150"));
  EXPECT_THAT(refused("def f(): return f()\nx = f()\n"), HasSubstr("nested too deeply"));
}

TEST(HostileConfig, StopsAtTreesThatHoldThemselves) {
  EXPECT_THAT(refused("a = []\na.append(a)\n"), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(refused("a = {}\na['a'] = a\nx = str(a) == str(a)\n"), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(refused("a = []\nb = [a]\na.append(b)\nx = a == b\n"), HasSubstr("nested"));
  EXPECT_THAT(refused("a = []\nfor i in range(100000): a = [a]\n"), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(refused("import copy\na = []\nfor i in range(100000): a = [a]\nb = copy.deepcopy(a)\n"),
              HasSubstr("nested too deeply"));
  EXPECT_EQ(refused("a = []\na.append(a)\nf = lambda f=a: f\ndel a\n"), "no error");
}

TEST(HostileConfig, StopsAtHostileData) {
  EXPECT_THAT(refused(repeated("[", 100000), Config::Format::json), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(refused(repeated("{\"a\":", 100000), Config::Format::json), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(refused("a: " + repeated("[", 100000), Config::Format::yaml), HasSubstr("YAML"));
  std::string laughs = "a0: &a0 [1, 2]\n";
  for (int i = 1; i < 30; ++i)
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
              repeated("*a" + std::to_string(i - 1) + ", ", 9) + "1]\n";
  EXPECT_THAT(refused(laughs, Config::Format::yaml), HasSubstr("2000000 steps"));
  EXPECT_THAT(
      refused("a: &a " + repeated("x", 100000) + "\nb: [" + repeated("*a, ", 20000) + "]\n", Config::Format::yaml),
      HasSubstr("64 MB"));
  EXPECT_THAT(refused("a: &a [*a]\n", Config::Format::yaml), HasSubstr("is inside of the node that it names"));
  for (const char* deep : {"- ", "? ", "[? ", "{"})
    EXPECT_THAT(refused(repeated(deep, 100000), Config::Format::yaml), HasSubstr("nested deeper than 150")) << deep;
  std::string merges = "a0: &a0 {k: 1}\n";
  for (int i = 1; i < 60; ++i)
    merges += "a" + std::to_string(i) + ": &a" + std::to_string(i) + "\n  <<: [" +
              repeated("*a" + std::to_string(i - 1) + ", ", 9) + "]\n  k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(refused(merges, Config::Format::yaml), "no error");  // equal keys do not add up
}

TEST(HostileConfig, StopsAtHostileOverrides) {
  Config config = python_config("x = 1");
  const auto apply = [&](const std::string& text) {
    try {
      apply_overrides(config, std::vector<std::string>{text});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(apply("x=" + repeated("[", 50000) + repeated("]", 50000)), HasSubstr("nested deeper than 150"));
  EXPECT_THAT(apply("x={'a': 9**9**9}"), HasSubstr("the integer has more than 4300 digits"));
  EXPECT_THAT(apply(repeated("a.", 100000) + "b=1"), HasSubstr("the key has more than 150 levels"));
}

TEST(HostileConfig, StopsAtFilesThatAreBasesOfThemselves) {
  ConfigFolder folder;
  folder.write("a.py", "_base_ = 'b.py'\n").write("b.py", "_base_ = './a.py'\n");
  EXPECT_THAT(folder.error_of("a.py"), HasSubstr("this file is a base of itself"));
  folder.write("c.py", "with read_base():\n    from .c import *\n");
  EXPECT_THAT(folder.error_of("c.py"), HasSubstr("this file is a base of itself"));
}

TEST(HostileConfig, StopsAtTooManyFiles) {
  ConfigFolder folder;
  folder.write("f0.py", "");
  for (int i = 1; i < 20; ++i) {
    const std::string below = "'f" + std::to_string(i - 1) + ".py'";
    folder.write("f" + std::to_string(i) + ".py", "_base_ = [" + below + ", " + below + "]\n");
  }
  EXPECT_THAT(folder.error_of("f19.py"), HasSubstr("a config reads at most 1000 files"));
}

TEST(HostileConfig, OpensRegularFilesOnly) {
  ConfigFolder folder;
  folder.write("a.py", "_base_ = '/dev/zero.py'\n");
  EXPECT_THAT(folder.error_of("a.py"), HasSubstr("does not exist"));
  std::filesystem::create_directory(folder.path("d.py"));
  EXPECT_THAT(folder.error_of("d.py"), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace millrace
