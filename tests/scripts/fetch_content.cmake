# SPDX-License-Identifier: MIT
# Builds and runs a project that has Telar by FetchContent, from a local copy. -DSOURCE=Telar
# -DCONSUMER=project without its game.c -DGAME=file -DWORK=folder -DGENERATOR= -DCOMPILER=
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
configure_file(${CONSUMER}/CMakeLists.txt ${WORK}/project/CMakeLists.txt COPYONLY)
configure_file(${GAME} ${WORK}/project/game.c COPYONLY)
run(${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/build -G ${GENERATOR} -DCMAKE_C_COMPILER=${COMPILER}
    -DFETCHCONTENT_SOURCE_DIR_TELAR=${SOURCE})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/game)
file(GLOB_RECURSE libraries ${WORK}/build/*.a)
foreach(library ${libraries})
    get_filename_component(name ${library} NAME)
    if(NOT name MATCHES "^libtelar_(fibers|engine|watchdog)d?\\.a$") # and no tests, samples or benchmarks
        message(FATAL_ERROR "the project builds ${name}, too")
    endif()
endforeach()
