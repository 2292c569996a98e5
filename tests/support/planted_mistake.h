#pragma once

#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "millrace/config/config.h"

namespace millrace {

/// A key of a config that this build knows, where it stands in a source.
struct PlantableKey {
  std::string part;  // "Runner", "loop", "optimizer", "scheduler", "hook", "loader"
  std::string key;
  Place place;
};

/// The keys of the parts of a config that the engine itself knows, whatever model and data it has.
std::vector<PlantableKey> plantable_keys(const Config& config);

/// Replaces a key in the file that it stands in by a misspelt one, and puts the file back at the end of its life.
class PlantedMistake {
 public:
  /// Nothing if the key does not stand at its place as a name or a string (an assignment to an attribute).
  static std::optional<PlantedMistake> at(const PlantableKey& key, const std::string& misspelt);
  ~PlantedMistake();
  PlantedMistake(PlantedMistake&& other) noexcept : file_(std::move(other.file_)), text_(std::move(other.text_)) {
    other.file_.clear();
  }
  PlantedMistake(const PlantedMistake&) = delete;
  PlantedMistake& operator=(const PlantedMistake&) = delete;

 private:
  PlantedMistake(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}
  std::string file_, text_;
};

/// One letter left out, doubled, replaced or swapped with the next one; never the name of a key.
std::string misspelt(const std::string& key, std::mt19937& random);

}  // namespace millrace
