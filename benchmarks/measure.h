/// Times, and medians with their spread.
#ifndef TELAR_BENCHMARK_MEASURE_H
#define TELAR_BENCHMARK_MEASURE_H

enum { MAX_ROUNDS = 101, DEFAULT_ROUNDS = 9 };

/// The rounds that the program's only argument asks for; ends the program when it is none.
int read_rounds(int argc, char **argv);

/// Nanoseconds since some moment.
double now(void);

/// Prints the median, the least and the most of `count` values, which it sorts. `format` takes these three.
void print_spread(double *values, int count, const char *format);

#endif
