# The C interface is a library that links the core alone: it loads the engine and libtorch as the command does. Nothing but
# its functions is visible.
millrace_add_room(c_api fmt::fmt spdlog::spdlog Threads::Threads)
add_library(millrace_c SHARED)
target_link_libraries(millrace_c PUBLIC millrace_core room_c_api)
target_link_options(millrace_c PRIVATE LINKER:--version-script=${CMAKE_SOURCE_DIR}/cmake/c_api.map)
set_target_properties(millrace_c PROPERTIES LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/c_api.map)
