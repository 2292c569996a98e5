#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/file_weights.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>

#include <random>

#include "millrace/base/error.h"
#include "millrace/checkpoint/last_checkpoint.h"
#include "millrace/io/atomic_file.h"
#include "tests/io/fault_file_system.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using io::FaultFileSystem;
using testing::EndsWith, testing::HasSubstr, testing::Optional, testing::StartsWith, testing::ThrowsMessage;

State small_checkpoint(int64_t iter = 40) {
  return State::dict({{"meta", State::dict({{"iter", iter}, {"cfg", "model = dict()"}})},
                      {"state_dict", State::dict({{"fc.weight", at::arange(8, at::kFloat).reshape({2, 4})},
                                                  {"fc.bias", at::ones({2}, at::kBFloat16)}})}});
}

std::string bytes_of_checkpoint(const State& state) {
  FaultFileSystem files;
  save_checkpoint_file("x.pth", state, files);
  return files.content("x.pth");
}

class CheckpointFile : public testing::Test {
 protected:
  std::string write(const State& state) {
    const std::string path = folder_ / "x.pth";
    save_checkpoint_file(path, state);
    return path;
  }
  ScratchFolder folder_;
};

TEST_F(CheckpointFile, ReadsBackWhatItSaved) {
  EXPECT_TRUE(load_checkpoint_file(write(small_checkpoint())).equals(small_checkpoint()));
}

TEST_F(CheckpointFile, HasTheSameBytesForTheSameState) {
  EXPECT_EQ(bytes_of_checkpoint(small_checkpoint()), bytes_of_checkpoint(small_checkpoint()));
}

TEST_F(CheckpointFile, NamesTheFileWhenTheStateCannotBeWritten) {
  EXPECT_THAT(
      [&] {
        write(State::dict({{"a", State::Record{"m.C", State::tuple(), {}, {}}}}));
      },
      ThrowsMessage<Error>(testing::AllOf(StartsWith("a: an object of the class m.C"), EndsWith("/x.pth"))));
  EXPECT_FALSE(io::file_exists(folder_ / "x.pth"));
}

TEST_F(CheckpointFile, IsTheOldOneOrTheNewOneWhereverASaveStops) {
  FaultFileSystem undisturbed;
  save_checkpoint_file("x.pth", small_checkpoint(), undisturbed);
  const std::string old_bytes = bytes_of_checkpoint(small_checkpoint(39));
  const std::string new_bytes = bytes_of_checkpoint(small_checkpoint(40));
  for (const auto after :
       {FaultFileSystem::After::kill, FaultFileSystem::After::power_cut, FaultFileSystem::After::names_before_data}) {
    for (int n = 0; n < undisturbed.operations_done(); ++n) {
      FaultFileSystem files;
      files.place("x.pth", old_bytes);
      files.stop_after(n);
      EXPECT_THROW(save_checkpoint_file("x.pth", small_checkpoint(40), files), io::PowerCut);
      files.restart(after);
      EXPECT_THAT(files.content("x.pth"), testing::AnyOf(old_bytes, new_bytes)) << "stopped at operation " << n;
    }
  }
}

TEST_F(CheckpointFile, RefusesAFileTruncatedAnywhere) {
  const std::string whole = bytes_of_checkpoint(small_checkpoint());
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(load_torch_file(*io::open_memory("x.pth", whole.substr(0, size))), Error) << size;
}

TEST_F(CheckpointFile, RefusesAChangedBitOrReadsTheSame) {
  const std::string whole = bytes_of_checkpoint(small_checkpoint());
  int refused = 0;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    try {
      // The date of a record, or what pads it, says nothing about the state.
      EXPECT_TRUE(load_torch_file(*io::open_memory("x.pth", changed)).equals(small_checkpoint())) << "bit " << bit;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST_F(CheckpointFile, TakesAPlainStateDict) {
  const State weights = small_checkpoint().at("state_dict");
  const State file = load_checkpoint_file(write(weights));
  EXPECT_TRUE(weights_in(file, "x.pth").main.weights->equals(weights));
}

TEST_F(CheckpointFile, RefusesAStateDictThatIsNone) {
  const auto loading = [&](const State& state) { return [this, state] { load_checkpoint_file(write(state)); }; };
  EXPECT_THAT(loading(State::dict({{"state_dict", 3}})),
              ThrowsMessage<Error>(EndsWith("x.pth: its 'state_dict' is not a dict of tensors: it is a int")));
  EXPECT_THAT(loading(State::dict({{"state_dict", State::dict({{"fc", "text"}})}})),
              ThrowsMessage<Error>(HasSubstr("it holds a str as 'fc'")));
  EXPECT_THAT(loading(State::dict({{"state_dict", State::dict({{1, at::ones({1})}})}})),
              ThrowsMessage<Error>(HasSubstr("it has a key that is a int")));
  EXPECT_THAT(loading(State::list({1})), ThrowsMessage<Error>(HasSubstr("holds a list, not a checkpoint")));
  EXPECT_THAT(
      loading(State::dict({{"model", at::ones({1})}, {"iter", 1}})),
      ThrowsMessage<Error>(HasSubstr("no 'state_dict', and it is not a dict of tensors itself\n  keys: model, iter")));
}

TEST_F(CheckpointFile, NamesAFileThatIsNotThere) {
  EXPECT_THAT([&] { load_checkpoint_file(folder_ / "none.pth"); },
              ThrowsMessage<Error>(EndsWith("none.pth: no such file")));
}

TEST_F(CheckpointFile, FindsTheLatestOfAWorkDir) {
  EXPECT_EQ(find_latest(folder_.path()), std::nullopt);
  const std::string path = write(small_checkpoint());
  note_latest(folder_.path(), path);
  EXPECT_EQ(io::read_file(folder_ / "last_checkpoint"), path);
  EXPECT_THAT(find_latest(folder_.path()), Optional(path));
}

TEST_F(CheckpointFile, FindsTheLatestOfAWorkDirThatWasMoved) {
  const std::string path = write(small_checkpoint());
  io::write_atomically(folder_ / "last_checkpoint", "/elsewhere/run/x.pth\n");
  EXPECT_THAT(find_latest(folder_.path()), Optional(path));
}

TEST_F(CheckpointFile, FindsTheLatestOfACopyInTheCopy) {
  note_latest(folder_.path(), write(small_checkpoint()));
  const ScratchFolder elsewhere;
  std::filesystem::copy(folder_.path(), elsewhere.path() / "copy");
  EXPECT_THAT(find_latest(elsewhere / "copy"), Optional(elsewhere / "copy/x.pth"));
}

TEST_F(CheckpointFile, SaysThatTheLatestIsGone) {
  io::write_atomically(folder_ / "last_checkpoint", "/elsewhere/run/iter_9.pth");
  EXPECT_THAT(
      [&] { find_latest(folder_.path()); },
      ThrowsMessage<Error>(HasSubstr("/last_checkpoint: names /elsewhere/run/iter_9.pth, which does not exist")));
  io::write_atomically(folder_ / "last_checkpoint", "\n");
  EXPECT_THAT([&] { find_latest(folder_.path()); }, ThrowsMessage<Error>(EndsWith("/last_checkpoint: names no file")));
}

}  // namespace
}  // namespace millrace
