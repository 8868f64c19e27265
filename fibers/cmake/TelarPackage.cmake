# The package that find_package(telar) finds. Included last by the project that is configured, whichever that is.
include(CMakePackageConfigHelpers)

# So that a debug build can be installed beside a release build.
foreach(library telar_fibers telar_engine telar_sdl telar_watchdog)
    if(TARGET ${library})
        set_target_properties(${library} PROPERTIES DEBUG_POSTFIX d)
    endif()
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/telar)
install(EXPORT telarTargets NAMESPACE Telar:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/telarConfig.cmake.in
    ${CMAKE_BINARY_DIR}/telarConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/telarConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/telarConfig.cmake ${CMAKE_BINARY_DIR}/telarConfigVersion.cmake
    DESTINATION ${package_dir})
