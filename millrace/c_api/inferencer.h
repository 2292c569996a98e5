#pragma once

#include "millrace/c_api/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A trained network.
typedef struct millrace_inferencer millrace_inferencer;

/// Types of elements.
enum {
  MILLRACE_FLOAT32 = 1,
  MILLRACE_FLOAT64 = 2,
  MILLRACE_FLOAT16 = 3,
  MILLRACE_BFLOAT16 = 4,
  MILLRACE_UINT8 = 5,
  MILLRACE_INT8 = 6,
  MILLRACE_INT16 = 7,
  MILLRACE_INT32 = 8,
  MILLRACE_INT64 = 9,
  MILLRACE_BOOL = 10  ///< one byte: 0 or 1
};

/// A tensor in memory of yours (an input) or of the library (an output).
typedef struct millrace_tensor {
  const char* name;        ///< of the column; null in an input: "inputs"
  void* data;              ///< the first element
  const int64_t* shape;    ///< `dims` sizes; the first one is the number of rows
  const int64_t* strides;  ///< in elements, at least 0; null in an input: without gaps, the last index the fastest
  int32_t dtype;
  int32_t dims;  ///< 1 to 16
} millrace_tensor;

/// Opens a network from a checkpoint file. config: its config file; null: the config that the checkpoint holds. Data of
/// the config need not be there. overrides: `count` texts "key=value", or null.
millrace_status millrace_inferencer_open(const char* config, const char* checkpoint, const char* const* overrides,
                                         int64_t count, millrace_inferencer** out);
/// The same from the bytes of a checkpoint, which are copied.
millrace_status millrace_inferencer_open_memory(const char* config, const void* data, int64_t size,
                                                const char* const* overrides, int64_t count, millrace_inferencer** out);
/// Frees the network and its outputs. MILLRACE_BUSY while it predicts.
millrace_status millrace_inferencer_close(millrace_inferencer* inferencer);

/// Predicts for the rows of `count` inputs. Each is a column of a batch as the data loader gives it: for images (N, C, H,
/// W), uint8 or float32 before the normalisation, under the name "inputs". The test pipeline does not run; the data
/// preprocessor (mean, std) does. The network reads the memory where it is, without a copy, if it is on the CPU; it must
/// not change during the call, and is not needed after it, unless an output is a view of it.
/// MILLRACE_INVALID_ARGUMENT if shapes or types don't fit; the outputs of an earlier call are gone then, too.
millrace_status millrace_inferencer_predict(millrace_inferencer* inferencer, const millrace_tensor* inputs,
                                            int64_t count);
/// The outputs of the last call by their index, from 0 on: the columns "pred_…" that the model writes. A view without a
/// copy: everything in it is valid until the next predict on this handle, or its close. MILLRACE_INVALID_ARGUMENT behind
/// the last one.
millrace_status millrace_inferencer_output(millrace_inferencer* inferencer, int64_t index, millrace_tensor* out);
/// The same by its name.
millrace_status millrace_inferencer_find_output(millrace_inferencer* inferencer, const char* name,
                                                millrace_tensor* out);
/// Copies an output without gaps, the last index the fastest, into memory of yours that has exactly `size` bytes.
millrace_status millrace_inferencer_copy_output(millrace_inferencer* inferencer, const char* name, void* data,
                                                int64_t size);

/// The name of a class, valid until the inferencer is closed; MILLRACE_INVALID_ARGUMENT behind the last one.
millrace_status millrace_inferencer_class_name(millrace_inferencer* inferencer, int64_t index, const char** name);

#ifdef __cplusplus
}
#endif
