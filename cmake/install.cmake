# What `make install` puts under a prefix, and what `make package` packs: the command, the libraries, the public headers,
# a package for find_package(millrace), example configs, docs, examples, licenses. The libraries find each other by relative paths;
# libtorch is found when the engine is loaded (millrace/cli/libtorch.h), so the tree may be moved.
include(GNUInstallDirs)
set(millrace_libraries millrace_core millrace_c millrace ${zoo_targets} ${imaging_targets})
set_target_properties(${millrace_libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(millrace_program PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")

install(TARGETS millrace_program RUNTIME DESTINATION bin)
install(TARGETS ${millrace_libraries} LIBRARY DESTINATION lib)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/millrace/ DESTINATION include/millrace FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/configs DESTINATION share/millrace FILES_MATCHING PATTERN "*.py")
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/LICENSES.md ${CMAKE_SOURCE_DIR}/README.md
              ${CMAKE_SOURCE_DIR}/CONTRIBUTING.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md
        DESTINATION share/doc/millrace)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION share/doc/millrace)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION share/doc/millrace FILES_MATCHING PATTERN "*.md")

foreach(target ${zoo_targets})
  string(REPLACE "millrace_zoo_" "" task ${target})
  list(APPEND MILLRACE_TASKS ${task})
  get_target_property(file ${target} OUTPUT_NAME)
  list(APPEND MILLRACE_ZOO_FILES lib${file}.so)
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/cmake/millrace-config.cmake.in ${CMAKE_BINARY_DIR}/millrace-config.cmake @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/millrace-config-version.cmake
  VERSION ${MILLRACE_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/millrace-config.cmake ${CMAKE_BINARY_DIR}/millrace-config-version.cmake
        DESTINATION lib/cmake/millrace)
