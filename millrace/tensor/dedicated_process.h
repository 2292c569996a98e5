#pragma once

#include "millrace/tensor/process.h"

namespace millrace {

/// Gives a program of your own, whose work is to train, all settings of its process that the command has. Call it first in
/// main:
///
///     int main() {
///       dedicate_process();
///       seed_generators(0);
///     }
///
/// configure_process(options), keep_freed_memory(), and the spin count of libgomp: since libgomp reads that when it is
/// loaded, the program is started again, in the same process, unless GOMP_SPINCOUNT is set
/// (millrace/base/process_settings.h). millrace::main does all this by itself. A program that trains beside its real
/// work calls configure_process() alone.
void dedicate_process(const ProcessOptions& options = {});

}  // namespace millrace
