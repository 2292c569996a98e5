# Our own target for libtorch. find_package(Torch) is not used: its target puts the wheel's foreign headers (fmt,
# pybind11, protobuf) before the system's, and the configuration of a CUDA wheel fails without a CUDA toolkit.
if(NOT MILLRACE_TORCH)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/find_torch OUTPUT_VARIABLE MILLRACE_TORCH OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
# A distribution's libtorch is in the folder of the processor: /usr/lib/x86_64-linux-gnu.
set(torch_lib lib)
if(NOT EXISTS "${MILLRACE_TORCH}/lib/libtorch_cpu.so" AND CMAKE_LIBRARY_ARCHITECTURE)
  set(torch_lib lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()
foreach(file include/ATen/core/Tensor.h ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so)
  if(NOT EXISTS "${MILLRACE_TORCH}/${file}")
    message(FATAL_ERROR "no libtorch at '${MILLRACE_TORCH}': ${file} is missing. Set MILLRACE_TORCH to the folder that holds include/ and lib/, or run 'make deps'")
  endif()
endforeach()

set(version_header ${MILLRACE_TORCH}/include/torch/csrc/api/include/torch/version.h)
if(EXISTS ${MILLRACE_TORCH}/include/torch/headeronly/version.h)
  set(version_header ${MILLRACE_TORCH}/include/torch/headeronly/version.h)
endif()
file(READ ${version_header} version_text)
foreach(part MAJOR MINOR PATCH)
  string(REGEX MATCH "define TORCH_VERSION_${part} ([0-9]+)" found "${version_text}")
  list(APPEND version_parts ${CMAKE_MATCH_1})
endforeach()
list(JOIN version_parts "." MILLRACE_TORCH_VERSION)
if(MILLRACE_TORCH_VERSION VERSION_LESS 2.6)
  message(FATAL_ERROR "libtorch at '${MILLRACE_TORCH}' is ${MILLRACE_TORCH_VERSION}; Millrace needs 2.6 or newer")
endif()

add_library(millrace_torch INTERFACE)
target_compile_options(millrace_torch INTERFACE "SHELL:-idirafter ${MILLRACE_TORCH}/include"
                       "SHELL:-idirafter ${MILLRACE_TORCH}/include/torch/csrc/api/include")
target_compile_definitions(millrace_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO USE_RPC USE_TENSORPIPE)
target_link_libraries(millrace_torch INTERFACE ${MILLRACE_TORCH}/${torch_lib}/libtorch_cpu.so ${MILLRACE_TORCH}/${torch_lib}/libc10.so)
if(EXISTS ${MILLRACE_TORCH}/lib/libtorch_cuda.so AND EXISTS ${MILLRACE_TORCH}/lib/libc10_cuda.so)
  # Our code does not refer to them: the CUDA kernels register themselves when the libraries are loaded.
  target_link_options(millrace_torch INTERFACE
    "LINKER:--no-as-needed,${MILLRACE_TORCH}/lib/libtorch_cuda.so,${MILLRACE_TORCH}/lib/libc10_cuda.so,--as-needed")
endif()
