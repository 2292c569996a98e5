# The task of a folder: a zoo library like any other, of sources below tests/. It and the task of CONTRIBUTING.md are not
# among the zoo libraries that the command finds; a copy of the command finds them in a library folder of its own.
millrace_add_zoo(spots spots FOLDER ${CMAKE_CURRENT_LIST_DIR}/spots)
set(spots_home ${CMAKE_BINARY_DIR}/tests/with_spots)
set(spots_links)
foreach(target millrace_core millrace ${zoo_targets} ${imaging_targets} millrace_zoo_spots millrace_zoo_levels)
  list(APPEND spots_links COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:${target}> ${spots_home}/lib/$<TARGET_FILE_NAME:${target}>)
endforeach()
set_target_properties(millrace_zoo_spots PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_custom_target(command_with_spots
  COMMAND ${CMAKE_COMMAND} -E make_directory ${spots_home}/bin ${spots_home}/lib
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:millrace_program> ${spots_home}/bin
  ${spots_links} VERBATIM)
add_dependencies(command_with_spots millrace_command millrace_zoo_spots millrace_zoo_levels)
millrace_add_tests(made_up_task test_support ${CMAKE_CURRENT_LIST_DIR}/made_up_task_test.cpp ${levels_test})
target_link_libraries(made_up_task_tests PRIVATE millrace_zoo_spots millrace_zoo_levels)
add_dependencies(made_up_task_tests command_with_spots)
