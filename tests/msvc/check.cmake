# SPDX-License-Identifier: MIT
# cmake -DCLANG=clang -DSOURCE=repository -DCGLM=folder -DWORK=folder -DCASE=name -P check.cmake: whether the public
# headers compile as C++17 by Microsoft's compiler, as far as clang can say without Microsoft's headers: for its target,
# without GNU extensions, and with what first.h says.
set(here ${SOURCE}/tests/msvc)
file(MAKE_DIRECTORY ${WORK}/cglm_only)
file(CREATE_LINK ${CGLM}/cglm ${WORK}/cglm_only/cglm SYMBOLIC)
set(target ${CLANG} --target=x86_64-pc-windows-msvc -U__clang__ -fms-compatibility-version=19.29 -fsyntax-only
    -I${SOURCE}/fibers/include -I${SOURCE}/engine/include -I${SOURCE}/engine/sdl/include
    -isystem ${here}/include -isystem ${WORK}/cglm_only)
set(cpp ${target} -D_MSVC_TRADITIONAL=0 -std=c++17 -pedantic-errors -Wall -Wextra -Werror -include ${here}/first.h)

function(must_compile)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result ERROR_VARIABLE errors)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "does not compile:\n${errors}")
    endif()
endfunction()

function(must_fail message)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result ERROR_VARIABLE errors)
    if(result EQUAL 0)
        message(FATAL_ERROR "compiles: ${ARGN}")
    endif()
    if(NOT errors MATCHES "${message}")
        message(FATAL_ERROR "does not say '${message}', but:\n${errors}")
    endif()
endfunction()

if(CASE STREQUAL "each_header_compiles_alone")
    file(GLOB headers ${SOURCE}/fibers/include/telar/*.h ${SOURCE}/engine/include/telar/*.h
        ${SOURCE}/engine/sdl/include/telar/*.h)
    foreach(header ${headers})
        file(WRITE ${WORK}/alone.cpp "#include \"${header}\"\ntypedef int not_empty;\n")
        must_compile(${cpp} ${WORK}/alone.cpp)
    endforeach()
elseif(CASE STREQUAL "each_macro_compiles")
    must_compile(${cpp} ${here}/every_macro.cpp)
elseif(CASE STREQUAL "gnu_extensions_are_found")
    foreach(form 1 2 3 4)
        must_fail("error: " ${cpp} -DFORM=${form} ${here}/gnu_extensions.cpp)
    endforeach()
    must_compile(${cpp} ${here}/gnu_extensions.cpp)
elseif(CASE STREQUAL "c_is_refused")
    must_fail("need gcc or clang for C" ${target} -std=c17 -x c ${SOURCE}/fibers/include/telar/api.h)
elseif(CASE STREQUAL "the_old_preprocessor_is_refused")
    must_fail("Zc:preprocessor" ${target} -std=c++17 -D_MSVC_TRADITIONAL=1 -x c++ ${SOURCE}/fibers/include/telar/api.h)
endif()
