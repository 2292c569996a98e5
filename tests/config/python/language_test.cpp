#include <gmock/gmock.h>

#include <fstream>

#include "millrace/base/text.h"
#include "tests/config/config_folder.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::HasSubstr, testing::StartsWith;

std::string refusal(const std::string& source) {
  try {
    python_config(source);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string value_of_x(const std::string& source) { return python_config(source + "\n").tree.find("x")->repr(100000); }

TEST(PythonLanguage, EvaluatesAsPythonDoes) {
  std::ifstream file(source_path("/tests/config/python/expressions.txt"));
  ASSERT_TRUE(file.is_open());
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const size_t tab = line.rfind('\t');
    std::string source = line.substr(0, tab);
    for (size_t at; (at = source.find(" ;; ")) != std::string::npos;) source.replace(at, 4, "\n");
    EXPECT_EQ(value_of_x(source), line.substr(tab + 1)) << source;
  }
  EXPECT_GT(count, 100);
}

TEST(PythonLanguage, NamesWhatIsNotPartOfIt) {
  EXPECT_EQ(refusal("x = 1\nclass A:\n    pass\n"), "c.py:2:1: a class is not part of the config language");
  EXPECT_EQ(refusal("while True: pass"), "c.py:1:1: a 'while' loop is not part of the config language");
  EXPECT_EQ(refusal("try:\n    x = 1\nexcept KeyError:\n    x = 2\n"),
            "c.py:1:1: 'try' is not part of the config language");
  EXPECT_EQ(refusal("@f\ndef g(): pass\n"), "c.py:1:1: a decorator is not part of the config language");
  EXPECT_EQ(refusal("x = 2j"), "c.py:1:5: complex numbers are not part of the config language");
  EXPECT_EQ(refusal("x = lambda: (yield)"), "c.py:1:14: 'yield' is not part of the config language");
  EXPECT_THAT(refusal("x = open('/etc/passwd')"), StartsWith("c.py:1:5: open() is not part of the config language"));
  EXPECT_THAT(refusal("import os\nx = os.system('ls')"),
              StartsWith("c.py:2:5: os.system() is not part of the config language"));
  EXPECT_THAT(refusal("x = ().__class__.__bases__"), HasSubstr("has no attribute '__class__'"));
}

TEST(PythonLanguage, ReadsOverWhatAMainGuardHides) {
  EXPECT_EQ(value_of_x("if __name__ == '__main__':\n    import sys\n    class A:\n        x = 1\n    while 1:\n        "
                       "break\nx = 2"),
            "2");
}

TEST(PythonLanguage, PointsAtSyntaxErrors) {
  EXPECT_EQ(refusal("x = dict(a=1\ny = 2\n"), "c.py:1:9: '(' is never closed");
  EXPECT_EQ(refusal("x = [1 2]"), "c.py:1:8: syntax error: expected ']' or ',' in a list, found '2'");
  EXPECT_EQ(refusal("x = (1]"), "c.py:1:7: ']' does not close the '(' of line 1");
  EXPECT_EQ(refusal("x = 'abc"), "c.py:1:5: the string is never closed");
  EXPECT_EQ(refusal("x = \n"), "c.py:1:5: syntax error: expected a value, found the end of the line");
  EXPECT_EQ(refusal("x = dict(a=1, a=2)"), "c.py:1:15: 'a' is given twice, first in line 1");
  EXPECT_EQ(refusal("if True:\nx = 1"), "c.py:2:1: syntax error: expected an indented block, found 'x'");
  EXPECT_EQ(refusal("x = 1\n  y = 2"), "c.py:2:3: syntax error: the line is indented, but no block begins before it");
  EXPECT_EQ(refusal("x = 1 $ 2"), "c.py:1:7: unexpected character '$'");
  EXPECT_EQ(refusal("f(x) = 1"), "c.py:1:1: syntax error: cannot assign to this expression");
  EXPECT_EQ(refusal("x = 'a\\xg0'"), "c.py:1:7: \\x is followed by 2 hexadecimal digits");
}

TEST(PythonLanguage, PointsAtMistakesInValues) {
  EXPECT_EQ(refusal("base_lr = 1\nx = dict(\n    lr=bse_lr)\n"),
            "c.py:3:8: name 'bse_lr' is not defined; did you mean 'base_lr'?");
  EXPECT_EQ(refusal("x = {'size': 1}\ny = x['sise']"),
            "c.py:2:7: the dict has no key 'sise'; did you mean 'size'?\n  keys: size");
  EXPECT_EQ(refusal("x = [1, 2][5]"), "c.py:1:12: index 5 is outside of the list of length 2");
  EXPECT_EQ(refusal("x = 'lr' + 1"), "c.py:1:5: '+' does not take a str and an int");
  EXPECT_EQ(refusal("x = dict(a=1).a"), "c.py:1:15: a dict has no attributes; write ['a']");
  EXPECT_EQ(refusal("a, b = 1, 2, 3"), "c.py:1:1: cannot unpack 3 values into 2 names");
}

TEST(PythonLanguage, RefusesWhatNeedsAnIntegerOf64Bits) {
  EXPECT_EQ(refusal("x = range(10 ** 20)"), "c.py:1:5: range() needs an int of 64 bits, got 100000000000000000000");
  EXPECT_EQ(refusal("x = [1][10 ** 20]"), "c.py:1:9: index 100000000000000000000 is outside of the list of length 1");
  EXPECT_EQ(refusal("x = chr(10 ** 20)"), "c.py:1:5: chr() needs an int of 64 bits, got 100000000000000000000");
}

TEST(PythonLanguage, RefusesFloatsThatAreNoIntegersAndIntegersThatAreNoFloats) {
  EXPECT_EQ(refusal("x = int(float('inf'))"), "c.py:1:5: int(inf) is not an integer");
  EXPECT_EQ(refusal("x = round(float('nan'))"), "c.py:1:5: round(nan) is not an integer");
  EXPECT_EQ(refusal("x = 10 ** 400 + 0.5"), "c.py:1:5: the integer is too large for a float");
  EXPECT_EQ(refusal("x = 10 ** 400 / 3"), "c.py:1:5: the result is too large for a float");
  EXPECT_EQ(refusal("x = '%.2f' % 10 ** 400"), "c.py:1:5: the integer is too large for a float");
}

TEST(PythonLanguage, ChecksAssertions) {
  EXPECT_EQ(value_of_x("x = 2\nassert x % 2 == 0, 'odd'"), "2");
  EXPECT_EQ(refusal("x = 3\nassert x % 2 == 0, f'{x} is odd'"), "c.py:2:1: assertion failed: 3 is odd");
}

TEST(PythonLanguage, DropsFunctionsModulesAndHiddenNames) {
  const Config config =
      python_config("import math\nfrom copy import deepcopy\ndef f(): return 1\n__a = 2\n_b = 3\nx = f()\n");
  EXPECT_EQ(config.tree.repr(), "{'_b': 3, 'x': 1}");
}

TEST(PythonLanguage, KeepsLoopVariablesAsPythonDoes) {
  EXPECT_EQ(python_config("x = []\nfor i in range(3): x.append(i)\n").tree.repr(), "{'x': [0, 1, 2], 'i': 2}");
}

TEST(PythonLanguage, SharesNothingInTheFinishedTree) {
  const Config config = python_config("a = [1]\nb = a\nc = [a] * 2\n");
  EXPECT_FALSE(config.tree.find("a")->same_object(*config.tree.find("b")));
  EXPECT_FALSE(config.tree.find("c")->items()[0].same_object(config.tree.find("c")->items()[1]));
}

TEST(PythonLanguage, KnowsVariablesThatAnExpressionReads) {
  const Config config = python_config("lr = 0.1\nunused = 3\noptimizer = dict(lr=lr)\n");
  EXPECT_TRUE(config.is_variable("lr"));
  EXPECT_FALSE(config.is_variable("unused"));
  EXPECT_FALSE(config.is_variable("optimizer"));
}

TEST(PythonLanguage, TellsPlaces) {
  const Config config = python_config(
      "a = 1\n"
      "b = dict(lr=2,\n"
      "         x={'y': [3, 'ä']})\n"
      "b['z'] = a * 2\n"
      "'ü'; c = 5\n");
  const Dict& b = config.tree.find("b")->as_dict();
  EXPECT_EQ(config.tree.as_dict().entry("a")->key.place().str(), "c.py:1:1");
  EXPECT_EQ(config.tree.find("a")->place().str(), "c.py:1:5");
  EXPECT_EQ(config.tree.find("b")->place().str(), "c.py:2:5");
  EXPECT_EQ(b.entry("lr")->key.place().str(), "c.py:2:10");
  EXPECT_EQ(b.find("lr")->place().str(), "c.py:2:13");
  const Dict& x = b.find("x")->as_dict();
  EXPECT_EQ(x.entry("y")->key.place().str(), "c.py:3:13");
  EXPECT_EQ(x.find("y")->place().str(), "c.py:3:18");
  EXPECT_EQ(x.find("y")->items()[1].place().str(), "c.py:3:22");
  EXPECT_EQ(b.entry("z")->key.place().str(), "c.py:4:3");
  EXPECT_EQ(b.find("z")->place().str(), "c.py:4:10");
  EXPECT_EQ(config.tree.as_dict().entry("c")->key.place().str(), "c.py:5:6");  // characters, not bytes
}

}  // namespace
}  // namespace millrace
