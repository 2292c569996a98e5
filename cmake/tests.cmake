# One program per room, build/tests/<room>_tests: tests/ mirrors millrace/. Tests of the core do not link torch and start at once.
find_package(GTest REQUIRED)
# Tests compute little and compile much, so optimising them would cost more than it gains.
set(test_options $<$<CONFIG:Release>:-O0>)

# Sources that several rooms' tests share. One source knows the folders of the checkout.
file(GLOB support_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cpp)
set(core_support_sources places subprocess)
list(TRANSFORM core_support_sources REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/tests/support/\\1.cpp")
list(REMOVE_ITEM support_sources ${core_support_sources})
add_library(core_test_support OBJECT ${core_support_sources})
target_compile_definitions(core_test_support PRIVATE MILLRACE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" MILLRACE_BINARY_DIR="${CMAKE_BINARY_DIR}"
                           MILLRACE_COMPILER="${CMAKE_CXX_COMPILER}")
target_include_directories(core_test_support PUBLIC ${CMAKE_SOURCE_DIR})
target_compile_options(core_test_support PRIVATE ${test_options})
target_link_libraries(core_test_support PUBLIC millrace_core GTest::gmock)
if(TARGET millrace)
  millrace_unity(support_units test_support ${support_sources})
  add_library(test_support OBJECT ${support_units})
  target_compile_options(test_support PRIVATE ${test_options})
  target_link_libraries(test_support PUBLIC core_test_support millrace ${zoo_targets})
endif()

# Adds <name>_tests of the sources; SUPPORT: core_test_support or test_support.
function(millrace_add_tests name support)
  if(NOT ARGN)
    return()
  endif()
  millrace_unity(units ${name}_tests ${ARGN})
  add_executable(${name}_tests ${units})
  set_target_properties(${name}_tests PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${name}_tests PRIVATE ${test_options})
  target_link_libraries(${name}_tests PRIVATE ${support} GTest::gtest_main)
  if(NOT support STREQUAL core_test_support)
    target_link_libraries(${name}_tests PRIVATE core_test_support)
  endif()
  if(TARGET millrace_program)
    add_dependencies(${name}_tests millrace_program)  # tests run the command
  endif()
  if(TARGET millrace_imaging AND NOT support STREQUAL core_test_support)
    add_dependencies(${name}_tests millrace_imaging)
  endif()
  add_test(NAME ${name} COMMAND ${name}_tests)
endfunction()

foreach(room ${MILLRACE_CORE_ROOMS})
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${room}/*_test.cpp)
  millrace_add_tests(${room} core_test_support ${found})
endforeach()
set(test_rooms ${MILLRACE_ROOMS})
if(NOT test_rooms)
  set(test_rooms ${MILLRACE_ENGINE_ROOMS} ${MILLRACE_ZOO_ROOMS} command examples misuse)
endif()
foreach(room ${test_rooms})
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${room}/*_test.cpp)
  string(REPLACE "/" "_" name ${room})
  millrace_add_tests(${name} test_support ${found})
endforeach()
# Images are decoded and resized by a library that the engine loads; tests skip at run time if it was not built. They
# link only the core of OpenCV, for infer/cv_mat.h.
if(TARGET infer_tests AND TARGET millrace_imaging)
  target_include_directories(infer_tests SYSTEM PRIVATE ${MILLRACE_OPENCV_INCLUDE})
  target_link_libraries(infer_tests PRIVATE ${MILLRACE_OPENCV_core})
endif()

if(NOT MILLRACE_ROOMS)
  # Every test run reads the finds of the fuzzers and their seeds again.
  foreach(part core engine)
    list(TRANSFORM ${part}_readers REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/tests/fuzz/\\1_fuzz.cpp" OUTPUT_VARIABLE sources)
    list(APPEND sources ${CMAKE_SOURCE_DIR}/tests/fuzz/${part}_corpus_test.cpp)
    if(part STREQUAL core)
      millrace_add_tests(fuzz_core core_test_support ${sources})
    else()
      list(APPEND sources ${CMAKE_SOURCE_DIR}/millrace/imaging/image_header.cpp)  # of a library that tests don't link
      millrace_add_tests(fuzz_engine test_support ${sources})
    endif()
  endforeach()

  # The code of CONTRIBUTING.md is compiled and tested. It is extracted here, not by the build, since the folder of a
  # task is searched for its sources.
  set(shown ${CMAKE_BINARY_DIR}/docs)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/CONTRIBUTING.md)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/extract_docs ${CMAKE_SOURCE_DIR}/CONTRIBUTING.md ${shown}
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  target_sources(hooks_tests PRIVATE ${shown}/millrace/hooks/stop_at_loss_hook.cpp ${shown}/tests/hooks/stop_at_loss_hook_test.cpp)
  target_sources(data_tests PRIVATE ${shown}/millrace/data/transforms/cut_below.cpp ${shown}/tests/data/transforms/cut_below_test.cpp)
  # The metric is part of its task: it is built with the scope of its zoo.
  set(metric ${shown}/millrace/zoo/classification/metrics/true_class_score.cpp)
  set_source_files_properties(${metric} PROPERTIES COMPILE_DEFINITIONS MILLRACE_SCOPE="${MILLRACE_SCOPE_OF_zoo_classification}")
  target_sources(zoo_classification_tests PRIVATE ${metric} ${shown}/tests/zoo/classification/metrics/true_class_score_test.cpp)

  # Two tasks that are not part of the product: that of CONTRIBUTING.md (unless somebody tries it out here), and one with
  # boxes and masks.
  set(levels_test)
  if(NOT TARGET millrace_zoo_levels)
    millrace_add_zoo(levels levels FOLDER ${shown}/millrace/zoo/levels)
    target_include_directories(room_zoo_levels PUBLIC ${shown})
    set_target_properties(millrace_zoo_levels PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    set(levels_test ${shown}/tests/zoo/levels/levels_test.cpp)
  endif()
  include(${CMAKE_SOURCE_DIR}/tests/made_up_task/task.cmake)

  # So is the transform of docs/data.md.
  set(shift ${shown}/millrace/data/transforms/random_shift.cpp)
  set(extract ${CMAKE_SOURCE_DIR}/tools/extract_docs ${CMAKE_SOURCE_DIR}/docs/data.md)
  add_custom_command(OUTPUT ${shift} COMMAND ${extract} ${shown} DEPENDS ${extract} VERBATIM)
  target_sources(data_tests PRIVATE ${shift})

  # Examples in comments of headers are compiled, and not run; those that are configs are checked by tests/docs.
  set(examples ${CMAKE_BINARY_DIR}/docs/headers)
  set(extract_examples ${CMAKE_SOURCE_DIR}/tools/extract_header_examples)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/millrace/*.h)
  set(example_sources core engine zoo)
  list(TRANSFORM example_sources REPLACE "(.+)" "${examples}/header_examples_\\1.cpp")
  add_custom_command(OUTPUT ${example_sources} COMMAND ${extract_examples} ${examples} DEPENDS ${extract_examples} ${headers} VERBATIM)
  add_library(header_examples OBJECT ${example_sources})
  target_compile_options(header_examples PRIVATE -w ${test_options})
  target_link_libraries(header_examples PRIVATE test_support)
  if(TARGET millrace_imaging)
    target_include_directories(header_examples SYSTEM PRIVATE ${MILLRACE_OPENCV_INCLUDE})
  endif()

  # So are the programs of these pages, as doc_NAME.
  foreach(name own_network own_data embedding threads optimizers ranks)
    set(program ${CMAKE_BINARY_DIR}/docs/${name}.cpp)
    set(extract ${CMAKE_SOURCE_DIR}/tools/extract_docs ${CMAKE_SOURCE_DIR}/docs/${name}.md)
    add_custom_command(OUTPUT ${program} COMMAND ${extract} ${CMAKE_BINARY_DIR}/docs DEPENDS ${extract} VERBATIM)
    add_executable(doc_${name} ${program})
    set_target_properties(doc_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_compile_options(doc_${name} PRIVATE ${test_options})
    target_link_libraries(doc_${name} PRIVATE millrace)
  endforeach()

  # This page is a project of several files.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/own_parts.md)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/extract_docs ${CMAKE_SOURCE_DIR}/docs/own_parts.md ${shown}/own_parts
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB part_sources ${shown}/own_parts/*.cpp)
  add_executable(doc_own_parts ${part_sources})
  set_target_properties(doc_own_parts PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(doc_own_parts PRIVATE ${test_options})
  target_link_libraries(doc_own_parts PRIVATE millrace)

  # Programs that tests run.
  file(GLOB program_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/programs/*.cpp)
  foreach(source ${program_sources})
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_compile_options(${name} PRIVATE ${test_options})
    target_link_libraries(${name} PRIVATE millrace ${zoo_targets})
  endforeach()
  add_dependencies(runner_tests crashing_millrace)
  add_dependencies(command_tests golden_trajectories crashing_millrace)
endif()
