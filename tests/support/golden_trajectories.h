#pragma once

#include <filesystem>
#include <string>

#include "millrace/config/value.h"

namespace millrace {

/// How far the losses, rates and weights of a training are from those that were recorded: relative in float64, absolute
/// in float32, as golden/README.md has it.
class GoldenComparison {
 public:
  explicit GoldenComparison(bool single) : single_(single), tolerance_(single ? 1e-4 : 1e-9) {}

  /// `scale` is what the difference is relative to.
  void add(double ours, double theirs, double scale, const std::string& what);
  bool agrees() const { return worst_ <= tolerance_; }
  double worst() const { return worst_; }
  /// "loss of iteration 3 is 2.25, expected 2.5".
  const std::string& where() const { return where_; }

 private:
  bool single_;
  double tolerance_;
  double worst_ = 0;
  std::string where_;
};

/// Trains the cases of golden's trajectories with the Runner.
class GoldenTrajectories {
 public:
  static constexpr const char* kFashionMnist = "/usr/share/datasets/fashion-mnist";

  struct Folders {
    std::filesystem::path weights;        // of lenet_init.pth
    std::filesystem::path checkpoints{};  // that cases name; those that are not there lie beside the weights
    std::string data = kFashionMnist;     // the training images and labels of Fashion-MNIST
  };

  /// Throws Error if a file is missing.
  explicit GoldenTrajectories(Folders folders);
  ~GoldenTrajectories();

  /// The file from which a case goes on; empty if it begins anew. Throws Error if it is missing.
  std::string checkpoint_of(const Value& golden) const;
  /// Throws Error if it does not know a type, a key or a field of the case, or if one is missing.
  GoldenComparison run(const Value& golden) const;

  static bool has_data(const std::string& folder);

 private:
  Value config_of(const Value& golden, bool single, int64_t iterations) const;

  Folders folders_;
  std::filesystem::path work_dir_;
};

}  // namespace millrace
