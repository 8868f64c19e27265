// SPDX-License-Identifier: MIT
/// Times, memory, and medians with their spread.
#ifndef TELAR_BENCHMARK_MEASURE_H
#define TELAR_BENCHMARK_MEASURE_H

#ifdef __cplusplus
extern "C" {
#endif

enum { MAX_ROUNDS = 101, DEFAULT_ROUNDS = 9 };

typedef struct spread {
    double median, least, most;
} spread;

/// The rounds that the program's only argument asks for; ends the program when it is none.
int read_rounds(int argc, char **argv);

/// Nanoseconds since some moment.
double now(void);

/// Memory of this process, page tables included.
double bytes_in_use(void);

/// Of `count` values, which it sorts.
spread spread_of(double *values, int count);

/// Prints the median, the least and the most. `format` takes these three.
void print_spread(spread of, const char *format);

#ifdef __cplusplus
}
#endif

#endif
