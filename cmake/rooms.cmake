# The rooms of ARCHITECTURE.md, from the ground up. A room is a folder of millrace/; its sources are compiled in unity
# batches, since a torch header costs more than all of our code that includes it.
set(MILLRACE_CORE_ROOMS base log io config registry picture report project cli)
set(MILLRACE_ENGINE_ROOMS tensor hub dist structures nn checkpoint data optim vis eval model runner hooks infer analysis)
# The room imaging is a library of its own: cmake/imaging.cmake.
set(MILLRACE_ZOO_ROOMS zoo/classification)
# The OpenMMLab name under which configs know a zoo room.
set(MILLRACE_SCOPE_OF_zoo_classification mmpretrain)

# Adds the object library `room_<name>` of the sources under millrace/<room>.
function(millrace_add_room room)
  string(REPLACE "/" "_" name ${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/millrace/${room}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(room_${name} OBJECT ${sources})
  target_include_directories(room_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_definitions(room_${name} PRIVATE MILLRACE_VERSION="${MILLRACE_VERSION}")
  set_target_properties(room_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 10)
  target_link_libraries(room_${name} PUBLIC ${ARGN})
endfunction()
