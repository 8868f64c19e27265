# SPDX-License-Identifier: MIT
# The files that pkg-config finds: telar-fibers and so on, or telar-fibersd and so on for a Debug build. They are valid
# for the build type that is configured, and for any folder that they are installed into.
include_guard(GLOBAL)

# telar_pkg_config(name DESCRIPTION words [REQUIRES modules...] [CFLAGS flags...] [LIBS flags...]) makes
# telar-<name>.pc. A required module telar-x means that of the same build type.
function(telar_pkg_config name)
    cmake_parse_arguments(PARSE_ARGV 1 pc "" "DESCRIPTION" "REQUIRES;CFLAGS;LIBS")
    set(pc_NAME ${name})
    set(postfix "")
    if(CMAKE_BUILD_TYPE STREQUAL "Debug")
        set(postfix d)
    endif()
    list(TRANSFORM pc_REQUIRES APPEND "${postfix}" REGEX "^telar-")
    foreach(list REQUIRES CFLAGS LIBS)
        string(REPLACE ";" " " pc_${list} "${pc_${list}}")
    endforeach()
    set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    file(RELATIVE_PATH up /prefix/${folder} /prefix)
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/telar.pc.in
        ${CMAKE_CURRENT_BINARY_DIR}/telar-${name}${postfix}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/telar-${name}${postfix}.pc DESTINATION ${folder})
endfunction()
