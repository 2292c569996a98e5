# libtorch as a target of our own. find_package(Torch) is not used: its target puts the wheel's foreign headers (fmt,
# pybind11, protobuf) before the system's, and the configuration of a CUDA wheel stops where no CUDA toolkit is.
if(NOT MILLRACE_TORCH)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/find_torch OUTPUT_VARIABLE MILLRACE_TORCH OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
foreach(file include/ATen/core/Tensor.h lib/libtorch_cpu.so lib/libc10.so)
  if(NOT EXISTS "${MILLRACE_TORCH}/${file}")
    message(FATAL_ERROR "no libtorch at '${MILLRACE_TORCH}': ${file} is missing. Set MILLRACE_TORCH to the folder that holds include/ and lib/, or run 'make deps'")
  endif()
endforeach()

add_library(millrace_torch INTERFACE)
target_compile_options(millrace_torch INTERFACE "SHELL:-idirafter ${MILLRACE_TORCH}/include"
                       "SHELL:-idirafter ${MILLRACE_TORCH}/include/torch/csrc/api/include")
target_compile_definitions(millrace_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO USE_RPC USE_TENSORPIPE)
target_link_libraries(millrace_torch INTERFACE ${MILLRACE_TORCH}/lib/libtorch_cpu.so ${MILLRACE_TORCH}/lib/libc10.so)
if(EXISTS ${MILLRACE_TORCH}/lib/libtorch_cuda.so AND EXISTS ${MILLRACE_TORCH}/lib/libc10_cuda.so)
  # Nothing of ours refers to them: the CUDA kernels register themselves when the libraries are loaded.
  target_link_options(millrace_torch INTERFACE
    "LINKER:--no-as-needed,${MILLRACE_TORCH}/lib/libtorch_cuda.so,${MILLRACE_TORCH}/lib/libc10_cuda.so,--as-needed")
endif()
