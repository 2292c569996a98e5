#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data/draft.h"

namespace millrace {

/// Where a DataLoader's batches begin: it chooses the rows of each batch, one draft after the other.
///
/// One thread at a time calls take(): a worker, or without workers the training thread. The training thread calls
/// everything else. gave(), cancel() and state() may be called while a draft is taken; start() and load_state() never
/// are.
class DraftSource {
 public:
  virtual ~DraftSource() = default;

  /// Batches in a pass; -1 if unknown.
  virtual int64_t length() const = 0;
  /// Rows of the last batch of each pass; -1 if unknown.
  virtual int64_t last_batch_rows() const { return -1; }
  /// The next draft will be batch `batch` of pass `pass`.
  virtual void start(int64_t pass, int64_t batch) = 0;
  /// Fills the next draft; false at the end of the pass.
  virtual bool take(Draft& draft) = 0;
  /// The batch of the draft with this mark was given out.
  virtual void gave(SourceMark) {}
  /// Makes a take() that waits for data return, and each later one, until start().
  virtual void cancel() {}

  /// The state that a resume needs beside pass and batch: after the last batch given out, not after the last draft. A
  /// dict.
  virtual State state() const = 0;
  /// Takes effect at the next start(). Returns notices for the user.
  virtual std::vector<std::string> load_state(const State& state) = 0;
};

/// Adds "batch_size was 2, and is 4" to `notices` if the integer `key` of a state differs from `now`.
void note_change(const State& state, const char* key, int64_t now, const char* text, std::vector<std::string>& notices);

}  // namespace millrace
