#include "millrace/log/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <map>

namespace millrace {
namespace {

/// Sets variables of the environment and puts the old ones back.
class Environment {
 public:
  explicit Environment(const std::map<std::string, const char*>& variables) {
    for (const auto& [name, value] : variables) {
      const char* before = std::getenv(name.c_str());
      saved_[name] = before == nullptr ? std::optional<std::string>() : before;
      set(name, value);
    }
  }
  ~Environment() {
    for (const auto& [name, value] : saved_) set(name, value ? value->c_str() : nullptr);
  }

 private:
  static void set(const std::string& name, const char* value) {
    if (value == nullptr) ::unsetenv(name.c_str());
    else ::setenv(name.c_str(), value, 1);
  }
  std::map<std::string, std::optional<std::string>> saved_;
};

/// A terminal with nobody before it.
class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(master_);
    ::unlockpt(master_);
    const int slave = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    const winsize size{.ws_row = 25, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(slave, TIOCSWINSZ, &size);
    stream_ = ::fdopen(slave, "w");
  }
  ~PseudoTerminal() {
    std::fclose(stream_);
    ::close(master_);
  }
  std::FILE* stream() const { return stream_; }

 private:
  int master_;
  std::FILE* stream_ = nullptr;
};

TEST(Terminal, KnowsATerminalAndItsWidth) {
  const Environment environment({{"NO_COLOR", nullptr}, {"TERM", "xterm"}});
  const PseudoTerminal pseudo(123);
  const Terminal terminal(pseudo.stream());
  EXPECT_TRUE(terminal.is_terminal());
  EXPECT_TRUE(terminal.is_interactive());
  EXPECT_EQ(terminal.width(), 123);
}

TEST(Terminal, IsNotDecoratedWhereTheUserSaysSo) {
  const PseudoTerminal pseudo(80);
  for (const auto& variables :
       std::vector<std::map<std::string, const char*>>{{{"NO_COLOR", "1"}, {"TERM", "xterm"}},
                                                       {{"NO_COLOR", nullptr}, {"TERM", "dumb"}},
                                                       {{"NO_COLOR", ""}, {"TERM", nullptr}}}) {
    const Environment environment(variables);
    EXPECT_TRUE(Terminal(pseudo.stream()).is_terminal());
    EXPECT_FALSE(Terminal(pseudo.stream()).is_interactive());
  }
}

TEST(Terminal, KnowsAPipe) {
  const Environment environment({{"NO_COLOR", nullptr}, {"TERM", "xterm"}, {"COLUMNS", "44"}});
  std::FILE* file = std::tmpfile();
  {
    Terminal terminal(file);
    EXPECT_FALSE(terminal.is_terminal());
    EXPECT_FALSE(terminal.is_interactive());
    EXPECT_EQ(terminal.width(), 44);
    terminal.set_status("50%");
    terminal.write_line("line");
    terminal.clear_status();
  }
  EXPECT_EQ(std::ftell(file), 5);
  std::fclose(file);
}

TEST(Terminal, CutsTextBetweenCharacters) {
  EXPECT_EQ(clipped("abc", 2), "ab");
  EXPECT_EQ(clipped("µ·s", 2), "µ·");
  EXPECT_EQ(clipped("abc", 5), "abc");
  EXPECT_EQ(clipped("abc", 0), "");
  EXPECT_EQ(text_width("µ·s"), 3);
}

}  // namespace
}  // namespace millrace
