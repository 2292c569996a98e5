#pragma once

#include <regex>
#include <set>
#include <string>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/registry/binder.h"

namespace millrace {

/// What is wrong, without places, notes and repetitions.
using Texts = std::set<std::string>;

inline Texts texts_of(const Error& error) {
  static const std::regex kPlace(R"(^[^ ]+:\d+:\d+: )");  // of each of several mistakes
  std::string what = error.what();
  const std::string place = error.place().known() ? error.place().str() + ": " : "";
  if (what.starts_with(place)) what.erase(0, place.size());
  Texts texts;
  for (const std::string& line : split(what, '\n'))
    if (!line.empty() && !line.starts_with("  ")) texts.insert(std::regex_replace(line, kPlace, ""));
  return texts;
}

inline Texts texts_of(const Mistakes& mistakes) {
  Texts texts;
  for (const Error& error : mistakes.all()) texts.insert(error.summary());
  return texts;
}

/// Mistakes of single fields alone: in a part of a config, what several fields decide is left to the whole.
inline Binder single_fields(const std::string& scope = {}) {
  Binder binder(scope);
  binder.set_fragment(true);
  return binder;
}

}  // namespace millrace
