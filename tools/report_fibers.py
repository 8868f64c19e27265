#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report_fibers.py fibers.csv plot.svg page.md...: what fiber_bench measured, as a plot of nanoseconds for a resume and
its yield against how many fibers take turns, and as the table of each page that has a place for one."""
import sys

import report

COLOURS = {"Telar": "#c2410c", "Telar strict": "#e8a87c", "Telar dense": "#0f766e", "Boost.Context": "#1d4ed8", "Boost prefetched": "#93b4f5",
           "ucontext": "#64748b", "memory alone": "#a3a3a3"}
NOTES = {"Telar": "guarded, checked", "Boost.Context": "no guards", "memory alone": "no fibers at all",
         "ucontext": "no guards, to 100,000", "Telar strict": "to 100,000", "Telar dense": "300 bytes each"}
ROWS_IN_SHORT = ("one hot fiber", "create, run, destroy", "4,096 in turn", "100,000 in turn", "1,000,000 in turn",
                 "1,000,000 in turn, shuffled", "1,000,000 in turn, 400 bytes deep")
REFERENCE, OURS, VARIANTS = "Boost.Context", "Telar", ("Telar strict", "Telar dense", "Telar small guards")


def lines_of(rows):
    """The lines of the plot: for each peer that has a colour, (fibers, median, least, most) of fibers in the order they
    were made. A peer that was measured for one number of them has none."""
    peers = {}
    for row in rows:
        fibers = int(row["fibers"])
        if row["order"] == "made" and fibers > 0 and (int(row["stack_bytes"]) == 8192 or fibers == 1):
            peers.setdefault(row["peer"], []).append(
                (fibers, float(row["ns"]), float(row["ns_least"]), float(row["ns_most"])))
    return {peer: points for peer, points in peers.items() if len(points) > 1 and peer in COLOURS}


def table(rows, which):
    """A markdown table: "short" for some workloads, "all" for all, with spread and the other peers."""
    workloads = {}
    for row in rows:
        workloads.setdefault(row["workload"], {})[row["peer"]] = row

    def time(row):
        return "%.1f ns" % float(row["ns"]) if float(row["ns"]) < 100 else "%.0f ns" % float(row["ns"])

    def spread(row):
        return "%s (%.1f to %.1f)" % (time(row), float(row["ns_least"]), float(row["ns_most"]))

    def ratio(row):
        return "**%.2f** (%.2f to %.2f)" % tuple(float(row[key]) for key in ("ratio", "ratio_least", "ratio_most"))

    if which == "short":
        yield "| | Telar, guarded | Boost.Context, not guarded | Telar takes | Telar, dense |"
        yield "|---|---|---|---|---|"
        for name in ROWS_IN_SHORT:
            peers = workloads[name]
            yield "| %s | %s | %s | %s | %s |" % (name, time(peers[OURS]), time(peers[REFERENCE]), ratio(peers[OURS]),
                                                  time(peers["Telar dense"]))
        return
    yield "| | peer | time | of Boost.Context's | bytes a fiber |"
    yield "|---|---|---|---|---|"
    for name, peers in workloads.items():
        for peer, row in sorted(peers.items(), key=lambda item: (item[0] != OURS, item[0] not in VARIANTS)):
            yield "| %s | %s | %s | %s | %s |" % (name if peer == OURS else "", peer, spread(row),
                                                  ratio(row) if peer != REFERENCE else "1", row["bytes_each"])


def plot():
    return report.Plot("One resume and its yield, as ever more fibers take turns",
                       "nanoseconds, medians; stacks of 8 KiB; less is better",
                       {1: "1", 16: "16", 256: "256", 4096: "4,096", 20000: "20,000", 100000: "100,000",
                        1000000: "1,000,000"},
                       {4: None, 5: 5, 10: 10, 20: 20, 50: 50, 100: 100, 200: 200, 500: 500, 1000: 1000, 2000: None},
                       OURS, ("memory alone",), COLOURS, NOTES)


if __name__ == "__main__":
    HEAD, ROWS = report.read(sys.argv[1])
    plot().draw(sys.argv[2], HEAD, lines_of(ROWS))
    for page in sys.argv[3:]:
        report.fill(page, "fiber_bench", lambda which: table(ROWS, which))
