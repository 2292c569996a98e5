#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// The largest `--limit-batches`: with it, the batches of all epochs can still be counted.
constexpr int64_t kMostLimitBatches = 1'000'000'000;

/// The arguments of one subcommand: parses them and writes the help.
///
///     Arguments arguments("millrace", "train", "Trains the model that a config describes.");
///     arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
///     arguments.option("--seed", "N", "of everything that is drawn", request.seed, 0);
///     if (!arguments.parse_or_print_help(args)) return;
///
/// Options may come anywhere; their value is the next word, or follows '='. After "--" every word is an argument, never
/// an option or an override. An option named "-o, --output" has two spellings. For an unknown option the error names
/// the nearest one. Targets must outlive the object.
class Arguments {
 public:
  enum class Parsed { run, help };

  Arguments(std::string program, std::string command, std::string summary)
      : program_(std::move(program)), command_(std::move(command)), summary_(std::move(summary)) {}

  void positional(std::string name, std::string text, std::string& target);
  void positional(std::string name, std::string text, std::optional<std::string>& target);
  /// Takes one or more words; must be the last positional.
  void positional(std::string name, std::string text, std::vector<std::string>& target);
  /// Takes words of the form a.b.c=value as a config's overrides, and "--cfg-options" before them.
  void overrides(std::vector<std::string>& target);
  /// The same with a help line of its own, for words that replace something else.
  void overrides(std::vector<std::string>& target, std::string text);
  /// `--config-path DIR[:DIR...]`: folders for ReadOptions::search_path. Every command that reads a config takes it.
  void config_path(std::vector<std::string>& target);

  /// `--revise-keys PATTERN=REPLACEMENT`, once or more, for names of tensors in a checkpoint. The last '=' counts.
  void revise_keys(std::vector<std::pair<std::string, std::string>>& target);

  /// `--weights averaged|trained`: which set of a checkpoint that holds averages (EMA), too.
  void weights(std::optional<std::string>& target);

  /// `--launcher NAME` of MMEngine's tools: becomes an override, of which the log says that it changes nothing.
  void launcher(std::vector<std::string>& overrides);

  void flag(std::string name, std::string text, std::function<void()> action);
  void flag(std::string name, std::string text, bool& target, bool value = true);
  void option(std::string name, std::string value, std::string text, std::optional<std::string>& target);
  /// `action` gets the value, and throws Error for one that it does not take.
  void option(std::string name, std::string value, std::string text, std::function<void(const std::string&)> action);
  /// A whole number, at least `least`.
  void option(std::string name, std::string value, std::string text, std::optional<int64_t>& target, int64_t least);
  /// A whole number from `least` to `most`.
  void option(std::string name, std::string value, std::string text, std::optional<int64_t>& target, int64_t least,
              int64_t most);
  /// One of a few words.
  void choice(std::string name, std::string text, std::vector<std::string> choices, std::optional<std::string>& target);
  /// An option whose value may be left out, and otherwise follows '='. Without a value `action` gets "".
  void option_with_optional_value(std::string name, std::string value, std::string text,
                                  std::function<void(const std::string&)> action);

  /// A command line that works, for the help; without the program's name.
  void example(std::string line) { examples_.push_back(std::move(line)); }

  /// Fills the targets; throws Error on a wrong command line.
  Parsed parse(const std::vector<std::string>& args);
  /// The same for a command. False where the help was asked for: it is on stdout, and there is nothing else to do.
  bool parse_or_print_help(const std::vector<std::string>& args);
  std::string help() const;

 private:
  enum class Takes { nothing, value, optional_value };
  struct Option {
    std::string name, value, text;
    Takes takes;
    std::function<void(const std::string&)> action;
  };
  struct Positional {
    std::string name, text;
    bool required;
    bool many;
    std::function<void(const std::string&)> action;
  };

  std::string usage() const;
  std::string asked_help() const { return program_ + " " + command_ + " --help"; }
  const Option& find(const std::string& name) const;

  std::string program_, command_, summary_;
  std::vector<Positional> positionals_;
  std::vector<std::string>* overrides_ = nullptr;
  std::string overrides_text_;
  std::vector<Option> options_;
  std::vector<std::string> examples_;
};

/// Whether a word is an override of a config entry: "optim_wrapper.optimizer.lr=0.01". One with a '/' before its '=' is
/// a path.
bool is_override(std::string_view word);

/// A hint for a user who gives a file that looks like an override: "./k=v.jpg names the file, k=v.jpg is an override",
/// for the first override for which such a file exists; "" if no such file exists.
std::string file_among(const std::vector<std::string>& overrides);

}  // namespace millrace
