#pragma once

#include <string>
#include <vector>

#include "millrace/io/file.h"
#include "tests/fuzz/readers.h"
#include "tests/support/places.h"

namespace millrace::fuzz {

/// What a reader said of the files of tests/fuzz/corpus/NAME, by their names.
struct CorpusOutcome {
  std::vector<std::string> read, refused, thrown;  // thrown: something else than an Error came out
};

inline CorpusOutcome outcome_of_corpus(const std::string& name, bool (*reader)(std::string_view)) {
  CorpusOutcome outcome;
  const std::string folder = source_path("/tests/fuzz/corpus/") + name;
  for (const auto& entry : io::list_folder(folder)) {
    try {
      (reader(io::read_file(folder + "/" + entry.name)) ? outcome.read : outcome.refused).push_back(entry.name);
    } catch (const std::exception& caught) {
      outcome.thrown.push_back(entry.name + ": " + caught.what());
    }
  }
  return outcome;
}

}  // namespace millrace::fuzz
