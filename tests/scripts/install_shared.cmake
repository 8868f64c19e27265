# SPDX-License-Identifier: MIT
# Builds the libraries as shared ones, installs them, and builds and runs the consumers of tests/install against them.
# -DSOURCE=Telar -DCONSUMER=project -DWORK=folder -DGENERATOR= -DCOMPILER= -DNM=
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} -S ${SOURCE} --preset install -B ${WORK}/telar -G ${GENERATOR} -DCMAKE_C_COMPILER=${COMPILER}
    -DBUILD_SHARED_LIBS=ON)
run(${CMAKE_COMMAND} --build ${WORK}/telar)
run(${CMAKE_COMMAND} -DBUILD=${WORK}/telar -DCONSUMER=${CONSUMER} -DWORK=${WORK}/use -DGENERATOR=${GENERATOR}
    -DCOMPILER=${COMPILER} -DFLAGS= -DENGINE=ON -DSDL=ON -DWATCHDOG=ON -DINSPECTOR=ON -DWATCHED_BY_DEFAULT=0 "-DPUBLIC_FLAGS=-fexceptions;-fstack-clash-protection"
    -P ${CMAKE_CURRENT_LIST_DIR}/install_and_use.cmake)

# A shared library must export only what TL_API marks, and what the linker itself defines.
file(GLOB_RECURSE headers ${SOURCE}/fibers/*.h ${SOURCE}/engine/*.h)
set(declared "")
foreach(header ${headers})
    file(READ ${header} text)
    string(REGEX MATCHALL "TL_API [^;({]*tl_[a-z_0-9]+" found "${text}")
    string(REGEX REPLACE "TL_API [^;({]*(tl_[a-z_0-9]+)" "\\1" found "${found}")
    list(APPEND declared ${found})
endforeach()
file(GLOB_RECURSE libraries ${WORK}/use/prefix/*.so)
list(LENGTH libraries count)
if(NOT count EQUAL 5)
    message(FATAL_ERROR "installed are '${libraries}' and not five shared libraries")
endif()
foreach(library ${libraries})
    run(${NM} --dynamic --defined-only ${library})
    string(REGEX REPLACE "[^\n]* ([^ \n]+)\n" "\\1;" names "${output}")
    list(FILTER names EXCLUDE REGEX "^_(_bss_start|edata|end|init|fini)$")
    list(REMOVE_ITEM names ${declared} "")
    if(names)
        message(FATAL_ERROR "${library} shows ${names}")
    endif()
endforeach()
file(GLOB_RECURSE archives ${WORK}/use/prefix/*.a)
if(archives)
    message(FATAL_ERROR "a shared build installs ${archives}")
endif()
