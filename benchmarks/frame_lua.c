// SPDX-License-Identifier: MIT
// Coroutines of Lua 5.4, resumed from C.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

#include "frame_peer.h"

static lua_State *state;
static lua_State **threads;
static uint32_t script_count;

static const char script[] = "local yield = coroutine.yield\n"
                             "return function()\n"
                             "    local count = 0\n"
                             "    while true do\n"
                             "        count = count + 1\n"
                             "        yield()\n"
                             "    end\n"
                             "end\n";

static void fail(lua_State *from)
{
    fprintf(stderr, "lua: %s\n", lua_tostring(from, -1));
    exit(1);
}

static void open_threads(uint32_t count)
{
    script_count = count;
    threads = need(calloc(count, sizeof *threads));
    state = need(luaL_newstate());
    luaL_openlibs(state);
    if (luaL_dostring(state, script) != LUA_OK)
        fail(state);
    lua_createtable(state, (int)count, 0); // keeps the threads from being collected
    for (uint32_t i = 0; i < count; ++i) {
        threads[i] = lua_newthread(state);
        lua_rawseti(state, -2, (lua_Integer)i + 1);
        lua_pushvalue(state, -2);
        lua_xmove(state, threads[i], 1);
    }
}

static void run_threads(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step)
        for (uint32_t i = 0; i < script_count; ++i) {
            int results = 0;
            if (lua_resume(threads[i], state, 0, &results) != LUA_YIELD)
                fail(threads[i]);
            lua_pop(threads[i], results);
            ++times_gone_on;
        }
}

static void close_threads(void)
{
    lua_close(state);
    free(threads);
}

const frame_peer lua_peers[] = {
    {"Lua 5.4 coroutine, resumed from C", SCENE_STEP, open_threads, run_threads, close_threads},
    {0},
};
