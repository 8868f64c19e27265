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

/// Returns the rounds that the program's only argument asks for, by default DEFAULT_ROUNDS. Ends the program if the
/// argument is wrong.
int read_rounds(int argc, char **argv);

/// Returns the nanoseconds since some fixed moment.
double now(void);

/// Returns the memory that this process uses, in bytes; on Linux, page tables included.
double bytes_in_use(void);

/// Returns the median, the least and the most of `count` values. Sorts the values.
spread spread_of(double *values, int count);

/// Prints the median, the least and the most. `format` takes these three.
void print_spread(spread of, const char *format);

#ifdef __cplusplus
}
#endif

#endif
