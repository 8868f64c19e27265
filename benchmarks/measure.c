// SPDX-License-Identifier: MIT
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int read_rounds(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : DEFAULT_ROUNDS;
    if (argc > 2 || rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: %s [rounds, 1 to %d]\n", argv[0], MAX_ROUNDS);
        exit(2);
    }
    return rounds;
}

double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

spread spread_of(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return (spread){values[count / 2], values[0], values[count - 1]};
}

void print_spread(spread of, const char *format)
{
    printf(format, of.median, of.least, of.most);
}
