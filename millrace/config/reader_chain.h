#pragma once

#include <fmt/format.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/config/reader.h"

namespace millrace {

/// Marks a file as being read while this object lives. Throws Error if the file is being read already: it is a base of
/// itself.
class Reader::Entered {
 public:
  Entered(Reader& reader, const Path& path, const Place& place) : reader_(reader) {
    const std::string normal = std::filesystem::path(path.absolute).lexically_normal().string();
    for (const Path& open : reader.chain_)
      if (open.absolute == normal) throw Error(place, "this file is a base of itself");
    if (static_cast<int>(reader.chain_.size()) >= reader.budget_.limits().chain)
      throw Error(place, fmt::format("bases of bases: more than {} on one chain", reader.budget_.limits().chain));
    reader.chain_.push_back({path.shown, normal});
  }
  ~Entered() {
    reader_.out_.files.push_back(reader_.chain_.back().shown);
    reader_.chain_.pop_back();
  }
  Entered(const Entered&) = delete;

 private:
  Reader& reader_;
};

}  // namespace millrace
