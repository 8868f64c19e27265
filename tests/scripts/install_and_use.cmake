# Installs a build into an empty folder, and builds and runs a project that finds it there.
# -DBUILD=build folder -DCONSUMER=project -DWORK=folder -DGENERATOR= -DCOMPILER= -DFLAGS= -DENGINE= -DSDL= -DWATCHDOG=
# -DWATCHED_BY_DEFAULT=1 for a debug build, else 0
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_C_COMPILER=${COMPILER} -DCMAKE_C_FLAGS=${FLAGS} -DWITH_ENGINE=${ENGINE} -DWITH_SDL=${SDL}
    -DWITH_WATCHDOG=${WATCHDOG} -DWATCHED_BY_DEFAULT=${WATCHED_BY_DEFAULT})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
if(NOT output STREQUAL "installed and used\n")
    message(FATAL_ERROR "the consumer printed: ${output}")
endif()
if(ENGINE)
    run(${WORK}/build/engine_consumer)
endif()
if(WATCHDOG)
    run(${WORK}/build/watchdog_consumer)
endif()
if(SDL)
    run(${WORK}/build/sdl_consumer)
endif()
