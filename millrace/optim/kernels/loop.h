#pragma once

/// How the loops over elements are compiled: twice, for AVX2 with FMA and for any processor; has_wide_vectors()
/// (strips.h) chooses. The room is compiled without errno of mathematics (cmake/rooms.cmake): a loop with a root has no
/// vectors otherwise.
#if defined(__GNUC__) && !defined(__clang__)
#define MILLRACE_PLAIN_LOOP __attribute__((noinline, optimize("O3")))
#define MILLRACE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define MILLRACE_PLAIN_LOOP
#define MILLRACE_INDEPENDENT
#endif
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MILLRACE_WIDE_LOOP __attribute__((noinline, target("avx2,fma"), optimize("O3")))
#elif defined(__x86_64__) && defined(__clang__)
#define MILLRACE_WIDE_LOOP __attribute__((noinline, target("avx2,fma")))
#else
#define MILLRACE_WIDE_LOOP
#endif
