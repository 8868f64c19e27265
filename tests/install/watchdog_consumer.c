// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <stddef.h>
#include <telar/watchdog.h>

static int count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL)
        ++count;
    if (folder != NULL)
        closedir(folder);
    return count;
}

int main(void)
{
    tl_world *world = NULL;
    tl_watchdog *watchdog = NULL;
    int threads = count_threads();
    if (tl_world_create(&(tl_world_desc){0}, &world) != TL_OK)
        return 1;
    if (count_threads() - threads != WATCHED_BY_DEFAULT)
        return 2;
    if (tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog) != TL_OK)
        return 3;
    tl_world_step(world);
    tl_watchdog_stop(watchdog);
    tl_world_destroy(world);
    return 0;
}
