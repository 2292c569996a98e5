#pragma once

// The C interface of Millrace: train, validate, test and predict from any language that can call C. Link libmillrace_c.so
// alone; it loads the engine and libtorch at the first call that needs them. C99 and C++; no macro is needed to call it.
//
// Results   each function returns a millrace_status: 0, or a code. millrace_last_error() then has the text.
// Texts     are UTF-8 and end in a zero byte. What you pass in is copied.
// Handles   are numbers that are never used twice, not addresses. A handle that was closed, or is of another kind, is
//           MILLRACE_INVALID_ARGUMENT. Close each handle once. A null handle may be closed: nothing happens.
// Threads   any thread may use any handle. Calls that need a handle alone get MILLRACE_BUSY while another one runs on it.
// Failure   no exception and no signal leaves a call; on failure, what out-pointers point to is not changed.
// Sizes     int32_t, int64_t, double and pointers alone. Values of enums never change; new ones may be added.
#include "millrace/c_api/base.h"
#include "millrace/c_api/inferencer.h"
#include "millrace/c_api/runner.h"
