// SPDX-License-Identifier: MIT
// TELAR_PART divides the seeds of an exploration into parts: each seed is in exactly one.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "explore.h"

enum { SEEDS = 100 };

static uint32_t drawn[2 * SEEDS];
static int count;

/// Keeps the first random number of a run, which tells one seed from another.
static void draw(void)
{
    CHECK(count < 2 * SEEDS);
    drawn[count++] = explore_choose(UINT32_MAX);
}

static void explore_part(const char *part)
{
    CHECK_INT(0, setenv("TELAR_PART", part, 1));
    explore(SEEDS, draw);
}

TEST(parts_cover_each_seed_once)
{
    explore_part("1/1");
    CHECK_INT(SEEDS, count);
    explore_part("1/3");
    explore_part("2/3");
    explore_part("3/3");
    CHECK_INT(2 * SEEDS, count);
    for (int i = 0; i < SEEDS; ++i) {
        int found = 0;
        for (int j = SEEDS; j < 2 * SEEDS; ++j)
            found += drawn[j] == drawn[i];
        CHECK_INT(1, found);
    }
}

TEST(a_wrong_part_is_refused)
{
    static const char *const wrong[] = {"", "2", "0/3", "4/3", "-1/3", "1/3x", "1/0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            explore_part(wrong[i]);
            _Exit(0);
        }
        int status = 0;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK(WIFEXITED(status));
        CHECK_INT(1, WEXITSTATUS(status));
    }
}
