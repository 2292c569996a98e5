#include "millrace/cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/file.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

constexpr const char* kDebug = "--debug";
constexpr const char* kHelp = "--help";
constexpr const char* kCfgOptions = "--cfg-options";
constexpr int64_t kNoMost = std::numeric_limits<int64_t>::max();

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "-o, --output" is "-o" and "--output".
std::vector<std::string> spellings(const std::string& option) {
  std::vector<std::string> out;
  for (const std::string& part : split(option, ',')) out.emplace_back(trim(part));
  return out;
}

}  // namespace

bool is_override(std::string_view word) {
  const size_t sign = word.find('=');
  if (sign == 0 || sign == std::string_view::npos || word.front() == '-') return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(sign), [](unsigned char letter) {
    return std::isalnum(letter) || letter >= 0x80 ||
           std::string_view("_.-[]: ").find(static_cast<char>(letter)) != std::string_view::npos;
  });
}

std::string file_among(const std::vector<std::string>& overrides) {
  for (const std::string& word : overrides)
    if (io::file_exists(word)) return "./" + word + " names the file, " + word + " is an override";
  return {};
}

void Arguments::positional(std::string name, std::string text, std::string& target) {
  positionals_.push_back(
      {std::move(name), std::move(text), true, false, [&target](const std::string& word) { target = word; }});
}

void Arguments::positional(std::string name, std::string text, std::optional<std::string>& target) {
  positionals_.push_back(
      {std::move(name), std::move(text), false, false, [&target](const std::string& word) { target = word; }});
}

void Arguments::positional(std::string name, std::string text, std::vector<std::string>& target) {
  positionals_.push_back(
      {std::move(name), std::move(text), true, true, [&target](const std::string& word) { target.push_back(word); }});
}

void Arguments::overrides(std::vector<std::string>& target) {
  overrides(target, "replaces an entry of the config: train_cfg.max_epochs=3");
}

void Arguments::overrides(std::vector<std::string>& target, std::string text) {
  overrides_ = &target;
  overrides_text_ = std::move(text);
}

void Arguments::config_path(std::vector<std::string>& target) {
  const auto action = [&target](const std::string& folders) {
    for (std::string& folder : split(folders, ':'))
      if (!folder.empty()) target.push_back(std::move(folder));
  };
  options_.push_back({"--config-path", "DIR[:DIR...]",
                      "folders with packages, before those of MILLRACE_CONFIG_PATH  (default: none)", Takes::value,
                      action});
}

void Arguments::revise_keys(std::vector<std::pair<std::string, std::string>>& target) {
  const auto action = [&target](const std::string& word) {
    const size_t sign = word.rfind('=');
    if (sign == std::string::npos || sign == 0)
      throw Error("--revise-keys takes PATTERN=REPLACEMENT, got '" + word + "'")
          .help("--revise-keys '^model\\.=' cuts 'model.' off the names in the checkpoint");
    target.emplace_back(word.substr(0, sign), word.substr(sign + 1));
  };
  options_.push_back({"--revise-keys", "PATTERN=TEXT",
                      "change names of tensors in the checkpoint; may be repeated: '^model\\.='  (default: none)",
                      Takes::value, action});
}

void Arguments::weights(std::optional<std::string>& target) {
  choice("--weights", "of a checkpoint with averages (EMA)  (default: averaged, where it has any)",
         {"averaged", "trained"}, target);
}

void Arguments::launcher(std::vector<std::string>& overrides) {
  const std::vector<std::string> choices = {"none", "pytorch", "slurm", "mpi"};
  const auto action = [&overrides, choices](const std::string& word) {
    if (std::find(choices.begin(), choices.end(), word) == choices.end())
      throw Error("--launcher takes " + quoted_choice(choices) + ", got '" + word + "'" + did_you_mean(word, choices));
    overrides.push_back("launcher=" + word);
  };
  options_.push_back({"--launcher", "NAME",
                      "as of MMEngine's tools; a run is one process all the same  (default: none)", Takes::value,
                      action});
}

void Arguments::flag(std::string name, std::string text, std::function<void()> action) {
  options_.push_back({std::move(name), "", std::move(text), Takes::nothing,
                      [action = std::move(action)](const std::string&) { action(); }});
}

void Arguments::flag(std::string name, std::string text, bool& target, bool value) {
  flag(std::move(name), std::move(text), [&target, value] { target = value; });
}

void Arguments::option(std::string name, std::string value, std::string text, std::optional<std::string>& target) {
  options_.push_back({std::move(name), std::move(value), std::move(text), Takes::value,
                      [&target](const std::string& word) { target = word; }});
}

void Arguments::option(std::string name, std::string value, std::string text,
                       std::function<void(const std::string&)> action) {
  options_.push_back({std::move(name), std::move(value), std::move(text), Takes::value, std::move(action)});
}

void Arguments::option(std::string name, std::string value, std::string text, std::optional<int64_t>& target,
                       int64_t least) {
  option(std::move(name), std::move(value), std::move(text), target, least, kNoMost);
}

void Arguments::option(std::string name, std::string value, std::string text, std::optional<int64_t>& target,
                       int64_t least, int64_t most) {
  const std::string range = most == kNoMost ? "of at least " + std::to_string(least)
                                            : "from " + std::to_string(least) + " to " + std::to_string(most);
  const auto action = [&target, name, least, most, range](const std::string& word) {
    target = whole_number(word);
    if (!target || *target < least || *target > most)
      throw Error(name + " takes a whole number " + range + ", got '" + word + "'");
  };
  options_.push_back({name, std::move(value), std::move(text), Takes::value, action});
}

void Arguments::choice(std::string name, std::string text, std::vector<std::string> choices,
                       std::optional<std::string>& target) {
  const std::string value = join(choices, "|");
  const auto action = [&target, name, choices](const std::string& word) {
    if (std::find(choices.begin(), choices.end(), word) == choices.end())
      throw Error(name + " takes " + quoted_choice(choices) + ", got '" + word + "'" + did_you_mean(word, choices));
    target = word;
  };
  options_.push_back({name, value, std::move(text), Takes::value, action});
}

void Arguments::option_with_optional_value(std::string name, std::string value, std::string text,
                                           std::function<void(const std::string&)> action) {
  options_.push_back({std::move(name), std::move(value), std::move(text), Takes::optional_value, std::move(action)});
}

const Arguments::Option& Arguments::find(const std::string& name) const {
  std::vector<std::string> names = {kDebug, kHelp};
  if (overrides_) names.emplace_back(kCfgOptions);
  for (const Option& option : options_) {
    for (std::string& spelling : spellings(option.name)) {
      if (spelling == name) return option;
      names.push_back(std::move(spelling));
    }
  }
  throw Error(command_ + " has no option '" + name + "'" + did_you_mean(name, names)).help(asked_help());
}

Arguments::Parsed Arguments::parse(const std::vector<std::string>& args) {
  size_t next = 0;  // positional
  std::vector<bool> was_given(positionals_.size());
  bool only_words = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& word = args[i];
    if (!only_words && word == "--") {
      only_words = true;
      continue;
    }
    const bool is_option = !only_words && word.size() > 1 && word.front() == '-';
    if (is_option) {
      const size_t sign = word.find('=');
      const std::string name = word.substr(0, sign);
      if (name == kHelp || name == "-h") return Parsed::help;
      if (name == kDebug) continue;  // main looks for it
      if (overrides_ && name == kCfgOptions) {
        if (sign != std::string::npos) overrides_->push_back(word.substr(sign + 1));
        else if (i + 1 == args.size() || !is_override(args[i + 1]))
          throw Error(name + " needs an override behind it: key=value").help(asked_help());
        continue;
      }
      const Option& option = find(name);
      if (option.takes == Takes::nothing && sign != std::string::npos)
        throw Error(name + " takes no value, got '" + word.substr(sign + 1) + "'");
      if (sign != std::string::npos) {
        option.action(word.substr(sign + 1));
      } else if (option.takes == Takes::value) {
        if (i + 1 == args.size()) throw Error(name + " needs a value: " + option.value).help(asked_help());
        option.action(args[++i]);
      } else {
        option.action("");
      }
    } else if (!only_words && overrides_ && is_override(word)) {
      overrides_->push_back(word);
    } else if (next < positionals_.size()) {
      positionals_[next].action(word);
      was_given[next] = true;
      if (!positionals_[next].many) ++next;
    } else {
      Error error(command_ + " takes " + std::to_string(positionals_.size()) +
                  (positionals_.size() == 1 ? " argument" : " arguments") + ", got '" + word + "' on top");
      const bool is_value = i > 0 && args[i - 1].starts_with("--") &&
                            std::any_of(options_.begin(), options_.end(), [&](const Option& option) {
                              return option.name == args[i - 1] && option.takes == Takes::optional_value;
                            });
      error.note(usage()).help(is_value ? args[i - 1] + "=" + word : asked_help());
      throw error;
    }
  }
  std::vector<std::string> missing;
  for (size_t i = 0; i < positionals_.size(); ++i)
    if (positionals_[i].required && !was_given[i]) missing.push_back(positionals_[i].name);
  if (!missing.empty()) {
    const std::string file = overrides_ ? file_among(*overrides_) : "";
    throw Error(command_ + " needs " + join(missing, " and ")).note(usage()).help(file.empty() ? asked_help() : file);
  }
  return Parsed::run;
}

std::string Arguments::usage() const {
  std::string line = "usage: " + program_ + " " + command_;
  for (const Positional& positional : positionals_)
    line +=
        positional.required ? " " + positional.name + (positional.many ? " ..." : "") : " [" + positional.name + "]";
  if (overrides_) line += " [key=value ...]";
  return line + " [options]";
}

std::string Arguments::help() const {
  std::string text = summary_ + "\n\n" + usage() + "\n\nexamples:\n";
  for (const std::string& line : examples_) text += "  " + program_ + " " + line + "\n";

  Table table({{""}, {""}});
  for (const Positional& positional : positionals_) table.add({positional.name, positional.text});
  if (overrides_) table.add({"key=value", overrides_text_});
  const bool has_arguments = !table.empty();
  for (const Option& option : options_) {
    std::string name = option.name;
    if (option.takes == Takes::value) name += " " + option.value;
    if (option.takes == Takes::optional_value) name += "[=" + option.value + "]";
    table.add({name, option.text});
  }
  if (overrides_) table.add({kCfgOptions, "optional, before key=value"});
  table.add({kDebug, "also print where in the program an error comes from"});
  table.add({"-h, --help", "this text"});

  // One table, so that both lists have the same columns; the second title goes in between.
  std::vector<std::string> lines = split(table.str(2), '\n');
  const size_t arguments = positionals_.size() + (overrides_ ? 1 : 0);
  if (has_arguments) text += "\narguments:\n";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == arguments) text += "\noptions:\n";
    if (!lines[i].empty()) text += lines[i] + "\n";
  }
  return text;
}

bool Arguments::parse_or_print_help(const std::vector<std::string>& args) {
  if (parse(args) == Parsed::run) return true;
  std::fputs(help().c_str(), stdout);
  return false;
}

}  // namespace millrace
