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

void print_spread(double *values, int count, const char *format)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    printf(format, values[count / 2], values[0], values[count - 1]);
}
