file(GLOB example_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.cpp)
foreach(source ${example_sources})
  cmake_path(GET source STEM name)
  add_executable(example_${name} ${source})
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/examples)
  target_link_libraries(example_${name} PRIVATE millrace ${zoo_targets})
  if(TARGET examples_tests)
    add_dependencies(examples_tests example_${name})  # tests run them
  endif()
endforeach()

# Those in C need the C interface alone.
file(GLOB c_example_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/c/*.c)
foreach(source ${c_example_sources})
  cmake_path(GET source STEM name)
  add_executable(example_c_${name} ${source})
  set_target_properties(example_c_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/examples/c
                        C_STANDARD 99 C_EXTENSIONS OFF)
  target_include_directories(example_c_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(example_c_${name} PRIVATE $<TARGET_LINKER_FILE:millrace_c>)
  target_link_options(example_c_${name} PRIVATE LINKER:--allow-shlib-undefined)
  add_dependencies(example_c_${name} millrace_c)
endforeach()
