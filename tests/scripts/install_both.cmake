# SPDX-License-Identifier: MIT
# Installs the builds of the presets install and install-debug under one prefix, and builds a project in several build
# types: Debug must link the debug build, and all others the release build.
# -DSOURCE=Telar -DCONSUMER=project -DWORK=folder -DGENERATOR= -DCOMPILER=
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
foreach(preset install-debug install)
    run(${CMAKE_COMMAND} -S ${SOURCE} --preset ${preset} -B ${WORK}/${preset} -G ${GENERATOR} -DCMAKE_C_COMPILER=${COMPILER})
    run(${CMAKE_COMMAND} --build ${WORK}/${preset})
    run(${CMAKE_COMMAND} --install ${WORK}/${preset} --prefix ${WORK}/prefix)
    foreach(folder tests samples benchmarks)
        if(EXISTS ${WORK}/${preset}/${folder})
            message(FATAL_ERROR "preset ${preset} builds ${folder}, too")
        endif()
    endforeach()
endforeach()

# expect(build-type postfix): the project must link the libraries with that postfix, and the program that misuses them
# must end as it does with these.
function(expect type postfix)
    run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/build${type} -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
        -DCMAKE_C_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=${type})
    run(${CMAKE_COMMAND} --build ${WORK}/build${type})
    file(READ ${WORK}/build${type}/libraries.txt linked)
    set(expected "")
    foreach(library fibers engine sdl watchdog inspector)
        string(APPEND expected "libtelar_${library}${postfix}.a\n")
    endforeach()
    if(NOT linked STREQUAL expected)
        message(FATAL_ERROR "build type '${type}' links\n${linked}and not\n${expected}")
    endif()
    execute_process(COMMAND ${WORK}/build${type}/misuse RESULT_VARIABLE ended ERROR_VARIABLE printed)
    if(postfix STREQUAL "d" AND (ended EQUAL 0 OR NOT printed MATCHES "tl_world_destroy"))
        message(FATAL_ERROR "misuse in a debug build ended with ${ended}: ${printed}")
    elseif(NOT postfix STREQUAL "d" AND NOT ended EQUAL 0)
        message(FATAL_ERROR "misuse in build type '${type}' ended with ${ended}: ${printed}")
    endif()
endfunction()
expect(Debug d)
foreach(type Release RelWithDebInfo MinSizeRel "")
    expect("${type}" "")
endforeach()
