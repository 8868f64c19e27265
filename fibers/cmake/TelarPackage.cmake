# SPDX-License-Identifier: MIT
# The package that find_package(telar) finds. Included last by the project that is configured: the repository, or
# fibers/ alone.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/telar)
install(EXPORT telarTargets NAMESPACE Telar:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/telarConfig.cmake.in
    ${CMAKE_BINARY_DIR}/telarConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/telarConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/telarConfig.cmake ${CMAKE_BINARY_DIR}/telarConfigVersion.cmake
    DESTINATION ${package_dir})

set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
install(FILES ${root}/LICENSE ${root}/README.md ${root}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/telar)
install(DIRECTORY ${root}/docs DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/telar)
install(DIRECTORY ${root}/tools/debug/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/telar USE_SOURCE_PERMISSIONS FILES_MATCHING
    PATTERN "*.py")
