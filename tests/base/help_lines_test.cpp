#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/places.h"

namespace millrace {
namespace {

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What can be typed: a key and its value, an option, a call, a command of a shell, or a path.
bool can_be_typed(const std::string& help) {
  static const std::regex kTypable(R"(^([\w.'\[\]]+ ?=|-{1,2}\w|\.?[\w.:{}<>]+\(|[\w.]+\[|return |f'|dict\(|_delete_|)"
                                   R"((millrace|mkdir|cd|export|python3|set) |\{\}|\./).*)");
  return std::regex_match(help, kTypable);
}

/// Each text that a source gives to help() at once, up to its first line feed.
std::vector<std::string> help_texts(const std::string& source) {
  static const std::regex kHelp(R"re(\.help\(\s*(?:fmt::format\(\s*)?"((?:[^"\\\n]|\\.)*)")re");
  std::vector<std::string> texts;
  for (auto it = std::sregex_iterator(source.begin(), source.end(), kHelp); it != std::sregex_iterator(); ++it)
    texts.push_back((*it)[1]);
  return texts;
}

TEST(HelpLines, CanBeTyped) {
  std::vector<std::string> prose;
  size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("/millrace"))) {
    if (entry.path().extension() != ".cpp") continue;
    for (const std::string& help : help_texts(text_of_file(entry.path()))) {
      ++seen;
      if (!help.empty() && !can_be_typed(help)) prose.push_back(entry.path().filename().string() + ": " + help);
    }
  }
  EXPECT_GT(seen, 50U);
  EXPECT_THAT(prose, testing::IsEmpty()) << "a help line that can't be typed is a note";
}

}  // namespace
}  // namespace millrace
