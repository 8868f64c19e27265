# SPDX-License-Identifier: MIT
# CMake toolchain file: clang for Windows, with the libraries of mingw-w64's gcc.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(target x86_64-w64-mingw32)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)

# clang looks for gcc's libraries in a folder that is called by a version; Debian's and Ubuntu's is called 12-posix.
set(root ${cross}/clang)
if(NOT EXISTS ${root}/${target})
    execute_process(COMMAND ${target}-gcc-posix -print-libgcc-file-name OUTPUT_VARIABLE libgcc COMMAND_ERROR_IS_FATAL ANY)
    get_filename_component(libraries "${libgcc}" DIRECTORY)
    string(REGEX MATCH "/([0-9]+)[^/]*$" unused ${libraries})
    file(MAKE_DIRECTORY ${root}/lib/gcc/${target})
    file(CREATE_LINK ${libraries} ${root}/lib/gcc/${target}/${CMAKE_MATCH_1}.0.0 SYMBOLIC)
    file(CREATE_LINK /usr/${target} ${root}/${target} SYMBOLIC)
endif()
set(CMAKE_SYSROOT ${root})
foreach(language C CXX ASM)
    set(CMAKE_${language}_COMPILER_TARGET ${target})
endforeach()
set(CMAKE_C_COMPILER clang)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_RC_COMPILER ${target}-windres)

# What clang leaves out when it links libstdc++ statically.
set(CMAKE_CXX_STANDARD_LIBRARIES "-lstdc++ -lgcc_eh -lgcc -lpthread -lmingw32 -lgcc -lmingwex -lmsvcrt -lkernel32" CACHE STRING "")
