#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "millrace/io/file.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {

/// Gives every file of tests/fuzz/corpus/NAME to its reader, which must come back without an exception.
inline void read_corpus(const std::string& name, void (*reader)(std::string_view)) {
  int count = 0;
  const std::string folder = MILLRACE_SOURCE_DIR "/tests/fuzz/corpus/" + name;
  for (const auto& entry : io::list_folder(folder)) {
    EXPECT_NO_THROW(reader(io::read_file(folder + "/" + entry.name))) << folder << "/" << entry.name;
    ++count;
  }
  EXPECT_GE(count, 5) << folder;
}

}  // namespace millrace::fuzz
