#pragma once

#include <string>

#include "millrace/io/file_system.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Writes a state as a file that Python's `torch.load(path)` reads with its default arguments. The file appears whole
/// or not at all: it is written beside its place, read back with all checksums, synced, renamed, and the folder is
/// synced.
///
///     save_checkpoint_file("work/iter_40.pth", State::dict({{"state_dict", weights}, {"meta", meta}}));
///
/// Tensors that share memory still share it when they are read. The bytes depend only on the state. Throws Error, with
/// the path of the file and the place in the state, for values that such a file can't hold (see pickle_state), and if
/// the file can't be written.
void save_checkpoint_file(const std::string& path, const State& state, io::FileSystem& files = io::disk());

/// The content of such a file, for a program that keeps checkpoints elsewhere: in memory, in a database, on the
/// network.
///
///     const std::string content = checkpoint_content(runner.checkpoint());
///     const State checkpoint = load_checkpoint_file(*io::open_memory("base", content));
std::string checkpoint_content(const State& state);

/// Reads any file that `torch.save` of PyTorch 1.6 or later wrote, on the CPU, without running code in it; see
/// read_pickle. It verifies every checksum before it reads anything. Throws Error with the path for any other file.
State load_torch_file(const std::string& path);
State load_torch_file(const io::InputFile& file);

/// load_torch_file for a checkpoint: known records are turned into what they mean (see known_records.h), and a file in
/// which weights_in finds nothing is an Error.
State load_checkpoint_file(const std::string& path);
State load_checkpoint_file(const io::InputFile& file);

}  // namespace millrace
