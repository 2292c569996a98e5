#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/place.h"

namespace millrace {

/// An error that a user can fix: in the config, the data, a checkpoint or the command line. The command prints it and
/// exits with 2.
///
///     throw Error(value.place(), "StepLR has no key 'step_sise'; did you mean 'step_size'?")
///         .note("keys: begin, by_epoch, end, gamma, step_size")
///         .help("millrace list StepLR");
///
/// Text:  "PLACE: WHAT", then a line for each note, indented by two blanks, then "  help: HELP". The first line is
/// complete by itself. Each layer that the error passes on its way up adds a note on what it was doing.
class Error : public std::exception {
 public:
  explicit Error(std::string what);
  Error(Place place, std::string what);

  Error& note(std::string line) &;
  Error&& note(std::string line) && { return std::move(note(std::move(line))); }
  Error& help(std::string text) &;
  Error&& help(std::string text) && { return std::move(help(std::move(text))); }

  /// Sets the place, unless the error has one: a constructor that refuses its options does not know the file, but its
  /// caller does.
  Error& locate(const Place& place) &;

  /// The whole text, without a line feed at its end.
  const char* what() const noexcept override { return text_.c_str(); }
  const Place& place() const { return place_; }
  /// The first line without the place.
  const std::string& summary() const { return summary_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void compose();

  Place place_;
  std::string summary_;
  std::vector<std::string> notes_;
  std::string help_;
  std::string text_;
};

/// Several mistakes of one input, shown together: a config is checked to its end before it is refused.
class Mistakes {
 public:
  /// Returns the stored error, so that you can add notes to it; valid until the next add.
  Error& add(Error error) {
    errors_.push_back(std::move(error));
    return errors_.back();
  }
  bool empty() const { return errors_.empty(); }
  size_t size() const { return errors_.size(); }
  const std::vector<Error>& all() const& { return errors_; }
  std::vector<Error> all() && { return std::move(errors_); }
  /// Sorted by place; a text that occurs twice is there once.
  std::vector<Error> sorted() const;

  /// If there are mistakes, throws one Error with all of them, sorted by place; a text that occurs twice is shown once.
  void throw_if_any() const;

 private:
  std::vector<Error> errors_;
};

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line, const std::string& message);

}  // namespace millrace

/// For bugs in Millrace, which no input can trigger: throws std::logic_error (the command exits 1 and asks for a
/// report).
#define MILLRACE_ASSERT(condition, message) \
  ((condition) ? static_cast<void>(0) : ::millrace::assertion_failed(#condition, __FILE__, __LINE__, message))
