# libtorch as a target of our own. find_package(Torch) is not used: its target puts the wheel's foreign headers (fmt,
# pybind11, protobuf) before the system's, and the configuration of a CUDA wheel stops where no CUDA toolkit is.
if(NOT MILLRACE_TORCH)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/find_torch OUTPUT_VARIABLE MILLRACE_TORCH OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT EXISTS ${MILLRACE_TORCH}/include/ATen/core/Tensor.h AND NOT EXISTS ${MILLRACE_TORCH}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "no libtorch at '${MILLRACE_TORCH}': set MILLRACE_TORCH to the folder that holds include/ and lib/, or run 'make deps'")
endif()

add_library(millrace_torch INTERFACE)
foreach(lib torch_cpu c10)
  find_library(MILLRACE_LIB_${lib} ${lib} PATHS ${MILLRACE_TORCH}/lib NO_DEFAULT_PATH REQUIRED)
endforeach()
target_compile_options(millrace_torch INTERFACE "SHELL:-idirafter ${MILLRACE_TORCH}/include"
                       "SHELL:-idirafter ${MILLRACE_TORCH}/include/torch/csrc/api/include")
target_compile_definitions(millrace_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO USE_RPC USE_TENSORPIPE)
target_link_libraries(millrace_torch INTERFACE ${MILLRACE_LIB_torch_cpu} ${MILLRACE_LIB_c10})
find_library(MILLRACE_LIB_torch_cuda torch_cuda PATHS ${MILLRACE_TORCH}/lib NO_DEFAULT_PATH)
find_library(MILLRACE_LIB_c10_cuda c10_cuda PATHS ${MILLRACE_TORCH}/lib NO_DEFAULT_PATH)
if(MILLRACE_LIB_torch_cuda AND MILLRACE_LIB_c10_cuda)
  # Nothing of ours refers to them: the CUDA kernels register themselves when the libraries are loaded.
  target_link_options(millrace_torch INTERFACE "LINKER:--no-as-needed,${MILLRACE_LIB_torch_cuda},${MILLRACE_LIB_c10_cuda},--as-needed")
endif()
