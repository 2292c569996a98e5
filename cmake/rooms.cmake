# The rooms of ARCHITECTURE.md, from the ground up. A room is a folder of millrace/.
set(MILLRACE_CORE_ROOMS base log io config registry picture report project cli)
set(MILLRACE_ENGINE_ROOMS tensor hub dist structures nn checkpoint data optim vis eval model runner hooks infer analysis host)
# The rooms imaging and c_api are libraries of their own: cmake/imaging.cmake, cmake/c_api.cmake.

# A task begins here: its folder below millrace/zoo, and its scope: the OpenMMLab name under which configs know it.
set(MILLRACE_ZOO_ROOMS zoo/classification)
set(MILLRACE_SCOPE_OF_zoo_classification mmpretrain)

# Adds the object library `room_<name>` of the sources under millrace/<room>, or under FOLDER; ARGN is what it links.
function(millrace_add_room room)
  cmake_parse_arguments(arg "" "FOLDER" "" ${ARGN})
  if(NOT arg_FOLDER)
    set(arg_FOLDER ${CMAKE_SOURCE_DIR}/millrace/${room})
  endif()
  string(REPLACE "/" "_" name ${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${arg_FOLDER}/*.cpp)
  if(NOT sources)
    return()
  endif()
  millrace_unity(units room_${name} ${sources})
  add_library(room_${name} OBJECT ${units})
  target_include_directories(room_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_definitions(room_${name} PRIVATE MILLRACE_VERSION="${MILLRACE_VERSION}")
  target_link_libraries(room_${name} PUBLIC ${arg_UNPARSED_ARGUMENTS})
endfunction()

# The kernels of optimizers need roots without errno: a loop that may set it has no vectors. libtorch is compiled like this.
function(millrace_vector_loops target)
  if(TARGET ${target})
    target_compile_options(${target} PRIVATE -fno-math-errno -fno-trapping-math)
  endif()
endfunction()

# Adds the library libmillrace_zoo_<task>.<scope>.so of the room zoo/<task>, whose components are in SCOPE. The file's name
# says the scope, so that the command knows when to load it (millrace/cli/engine.cpp). (A FOLDER elsewhere: the task of a test.)
function(millrace_add_zoo task scope)
  millrace_add_room(zoo/${task} fmt::fmt spdlog::spdlog nlohmann_json::nlohmann_json Threads::Threads millrace_torch ${ARGN})
  if(NOT TARGET room_zoo_${task})
    return()
  endif()
  target_compile_definitions(room_zoo_${task} PRIVATE MILLRACE_SCOPE="${scope}")
  add_library(millrace_zoo_${task} SHARED)
  set_target_properties(millrace_zoo_${task} PROPERTIES OUTPUT_NAME millrace_zoo_${task}.${scope})
  target_link_libraries(millrace_zoo_${task} PUBLIC millrace room_zoo_${task})
endfunction()
