#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;

/// What the compiler says of a source that includes the registry; empty if it takes it.
std::string refusal_of(const std::string& code) {
  const ScratchFolder folder;
  const std::string file = (folder.path() / "snippet.cpp").string();
  std::ofstream(file) << "#include \"millrace/registry/component.h\"\nusing namespace millrace;\n" << code;
  const ProcessResult result =
      run_process({compiler_path(), "-std=c++20", "-fsyntax-only", "-I", source_path(""), file});
  return result.exit_code == 0 ? std::string() : result.error;
}

std::string options_with(int required, int defaulted) {
  std::string code = "struct Options {\n";
  for (int i = 0; i < required; ++i) code += "  Required<int> r" + std::to_string(i) + ";\n";
  for (int i = 0; i < defaulted; ++i) code += "  double d" + std::to_string(i) + " = 0;\n";
  return code +
         "  template <class F> static void describe(F&) {}\n};\n"
         "const Schema schema = Schema::of<Options>(\"Options\");\n";
}

std::string enum_of(int enumerators) {
  std::string code = "enum class Colour {";
  for (int i = 0; i < enumerators; ++i) code += " c" + std::to_string(i) + ",";
  return code + " };\nconst auto& names = enum_names<Colour>();\n";
}

TEST(MustNotCompile, ComponentsWithMoreFieldsThanAreCounted) {
  EXPECT_EQ(refusal_of(options_with(12, 48)), "");
  EXPECT_THAT(refusal_of(options_with(0, 49)),
              HasSubstr("an Options has at most 48 fields beside its required ones; put some into a member of their "
                        "own and flatten it"));
  EXPECT_THAT(refusal_of(options_with(13, 0)),
              HasSubstr("an Options has at most 12 required fields, and all of them come before the fields with a "
                        "default"));
}

TEST(MustNotCompile, EnumsWithMoreEnumeratorsThanAreNamed) {
  EXPECT_EQ(refusal_of(enum_of(24)), "");
  EXPECT_THAT(refusal_of(enum_of(25)), HasSubstr("an enum of options has at most 24 enumerators"));
}

TEST(MustNotCompile, OptionsWithoutARequiredField) {
  const std::string code =
      "struct Options { Required<int> step_size; double gamma = 0.1; };\nvoid take(Options);\nvoid call() { take(";
  EXPECT_EQ(refusal_of(code + "{.step_size = 3}); }"), "");
  EXPECT_THAT(refusal_of(code + "{.gamma = 0.5}); }"), HasSubstr("error"));
  EXPECT_THAT(refusal_of(code + "{}); }"), HasSubstr("error"));
}

TEST(MustNotCompile, AClassOfAnotherKind) {
  const std::string code = R"(
struct Sea { static constexpr const char* kKind = "Sea"; using Registry = millrace::Registry<Sea>; };
struct Sky { static constexpr const char* kKind = "Sky"; using Registry = millrace::Registry<Sky>; };
struct Baltic : Sea {
  struct Options { double depth = 459; template <class F> static void describe(F& f) { f("depth", &Options::depth, ""); } };
  explicit Baltic(Options) {}
};
)";
  EXPECT_EQ(refusal_of(code + "Component<Sea> sea = use<Baltic>({.depth = 1});"), "");
  EXPECT_THAT(refusal_of(code + "Component<Sky> sky = use<Baltic>({.depth = 1});"), HasSubstr("conversion from"));
}

/// The first error of the compiler, if it says no more than a reader takes in; else how many lines it says.
std::string first_error_of(const std::string& code) {
  const std::string text = refusal_of(code);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (lines > 30) return std::to_string(lines) + " lines";
  const size_t at = text.find("error: ");
  return at == std::string::npos ? text : text.substr(at, text.find('\n', at) - at);
}

/// A component of a kind whose options have these members and descriptions.
std::string component_with(const std::string& members, const std::string& describe) {
  return "struct Sea { static constexpr const char* kKind = \"Sea\"; using Registry = millrace::Registry<Sea>; };\n"
         "struct Thing { int* p; };\nstruct Other { double depth = 1; };\n"
         "struct Baltic : Sea {\n  struct Options {\n    " +
         members + "\n    " + describe + "\n  };\n  explicit Baltic(Options) {}\n};\nMILLRACE_REGISTER(Sea, Baltic);\n";
}
std::string described(const std::string& body) {
  return "template <class F> static void describe(F& f) { " + body + " }";
}

TEST(MustNotCompile, AMistakeInOptionsWithOneSentence) {
  const std::string depth = described("f(\"depth\", &Options::depth, \"m\");");
  EXPECT_EQ(refusal_of(component_with("double depth = 1;", depth)), "");
  EXPECT_THAT(first_error_of(component_with("double width = 1; Required<double> depth;", depth)),
              HasSubstr("all of them come before the fields with a default"));
  EXPECT_THAT(first_error_of(component_with("double depth = 1;", described("f(\"depth\", &Other::depth, \"m\");"))),
              HasSubstr("describe names a member of another struct"));
  EXPECT_THAT(first_error_of(component_with("Thing depth{};", depth)), HasSubstr("an option can't have this type"));
  EXPECT_THAT(first_error_of(component_with("std::vector<float> depth{};", depth)),
              HasSubstr("an option can't have this type"));
  EXPECT_THAT(first_error_of(component_with("double depth = 1;", "")), HasSubstr("an Options needs a public"));
  EXPECT_THAT(first_error_of(component_with("double depth = 1;", described("f(\"depth\", &Options::depth);"))),
              HasSubstr("describe gives a text with each key"));
  EXPECT_THAT(first_error_of(component_with("Other other{};", described("f.flatten(&Options::other);"))),
              HasSubstr("flatten takes a member whose struct has a public describe"));
  EXPECT_THAT(first_error_of(component_with("double depth = 1; Options(double d) : depth(d) {}", depth)),
              HasSubstr("an Options is a plain struct"));
}

TEST(MustNotCompile, AClassThatIsNoComponentWithOneSentence) {
  const std::string sea =
      "struct Sea { static constexpr const char* kKind = \"Sea\"; using Registry = millrace::Registry<Sea>; "
      "virtual ~Sea() = default; virtual int depth() = 0; };\n";
  EXPECT_EQ(
      refusal_of(sea + "struct Baltic : Sea { int depth() override { return 1; } };\nMILLRACE_REGISTER(Sea, Baltic);"),
      "");
  EXPECT_THAT(first_error_of(sea + "struct Baltic {};\nMILLRACE_REGISTER(Sea, Baltic);"),
              HasSubstr("a component derives publicly from the base"));
  EXPECT_THAT(first_error_of(sea + "struct Baltic : Sea {};\nMILLRACE_REGISTER(Sea, Baltic);"),
              HasSubstr("overrides every pure virtual function"));
  EXPECT_THAT(first_error_of(sea + "struct Baltic : Sea { Baltic(int) {} int depth() override { return 1; } };\n"
                                   "MILLRACE_REGISTER(Sea, Baltic);"),
              HasSubstr("a component has a public constructor"));
}

}  // namespace
}  // namespace millrace
