#pragma once

#include <filesystem>
#include <string>

namespace millrace {

/// A training that goes on in this process, for as long as it lives: what two of them can't share.
///
/// A work dir: both would write the same checkpoints. The default generators of libtorch, of which there is one for each
/// device of the process: of two trainings in two threads, each would get numbers that depend on the other's speed.
class LiveTraining {
 public:
  struct Facts {
    std::filesystem::path work_dir;
    std::string run;                 // its run folder: "20260101_120000"
    bool has_seed = false;           // somebody counts on its random numbers
    bool shares_generators = false;  // the host has said that they may mix with those of others
    bool is_one_of_ranks = false;    // those of one training share both, by design
  };
  /// Throws RunInTheWay if another training of the process keeps this one from its work dir or random numbers.
  explicit LiveTraining(Facts facts);
  ~LiveTraining();
  LiveTraining(const LiveTraining&) = delete;
  LiveTraining& operator=(const LiveTraining&) = delete;

  /// Throws RunInTheWay if a training of another thread counts on its random numbers: before the generators are seeded.
  static void refuse_to_seed(const Facts& facts);
};

}  // namespace millrace
