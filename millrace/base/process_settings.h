#pragma once

namespace millrace {

// Settings of the whole process that make a training faster. The command makes them; for a program of your own,
// dedicate_process() does (millrace/tensor/dedicated_process.h).

/// Memory that tensors have freed stays with the process (mallopt of glibc). Tensors of a step are freed and taken again:
/// else each block over 32 MB goes back to the system every time.
void keep_freed_memory();

/// How often a waiting thread of an operator looks before it sleeps: GOMP_SPINCOUNT, which libgomp reads once, when it is
/// loaded. With libgomp's own number the threads of an operator spin beside busy loader threads.
inline constexpr const char* kSpinCount = "GOMP_SPINCOUNT";
/// Sets it, unless it is set: for a program that loads libgomp later.
void set_spin_count();
/// Whether libgomp was loaded without it.
bool has_own_spin_count();
/// If so, starts the program again with it: same process, same arguments; what the program has done up to here is done
/// again. Returns if that fails, or if there is no need.
void restart_with_spin_count();

}  // namespace millrace
