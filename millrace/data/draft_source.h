#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data/draft.h"

namespace millrace {

/// Where a DataLoader's batches begin: says which rows each is made of, one draft after the other.
///
/// take() is called by one thread at a time, where there are workers by one of them; all else by the thread that trains.
/// gave(), cancel() and state() may come while a draft is taken, start() and load_state() never do.
class DraftSource {
 public:
  virtual ~DraftSource() = default;

  /// Batches in a pass; -1: nobody knows.
  virtual int64_t length() const = 0;
  /// The next draft is that of batch `batch` of pass `pass`.
  virtual void start(int64_t pass, int64_t batch) = 0;
  /// Fills the next draft; false: the pass has no more.
  virtual bool take(Draft& draft) = 0;
  /// The batch of the draft with this mark was given out.
  virtual void gave(SourceMark) {}
  /// A take() that waits for data ends, and each after it, until start().
  virtual void cancel() {}

  /// What a resume needs beside pass and batch: of the batches given out, not of the drafts taken. A dict.
  virtual State state() const = 0;
  /// For the next start(). Returns what a user should know.
  virtual std::vector<std::string> load_state(const State& state) = 0;
};

/// "batch_size was 2, and is 4" is added to `notices` if the integer `key` of a state is not `now`.
void note_change(const State& state, const char* key, int64_t now, const char* text, std::vector<std::string>& notices);

}  // namespace millrace
