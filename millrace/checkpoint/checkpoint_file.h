#pragma once

#include <string>

#include "millrace/io/file_system.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// Writes a state as a file that Python's `torch.load(path)` reads with its default arguments, whole or not at all:
/// beside its place, read back with all checksums, synced, renamed, the folder synced.
///
///     save_checkpoint_file("work/iter_40.pth", State::dict({{"state_dict", weights}, {"meta", meta}}));
///
/// Tensors that share memory go on sharing it. The bytes depend on the state alone. Throws Error, with the path of the
/// file and the place in the state, for what such a file can't hold (see pickle_state) or a file that can't be written.
void save_checkpoint_file(const std::string& path, const State& state, io::FileSystem& files = io::disk());

/// The content of such a file, for a program that keeps checkpoints elsewhere: in memory, in a database, on a wire.
///
///     const std::string content = checkpoint_content(runner.checkpoint());
///     const State checkpoint = load_checkpoint_file(*io::open_memory("base", content));
std::string checkpoint_content(const State& state);

/// Reads any file that `torch.save` of PyTorch 1.6 or later wrote, on the CPU, and runs no code in it; docs in
/// read_pickle. Every checksum is verified before anything is read. Throws Error with the path for any other file.
State load_torch_file(const std::string& path);
State load_torch_file(const io::InputFile& file);

/// load_torch_file for a checkpoint: known records are turned into what they mean (see known_records.h), and a file in
/// which weights_in finds nothing is an Error.
State load_checkpoint_file(const std::string& path);
State load_checkpoint_file(const io::InputFile& file);

}  // namespace millrace
