#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report_jobs.py jobs.csv page.md...: what job_bench measured, as the table of each page that has a place for one."""
import sys

import report


def figure(row):
    values, unit = [float(row[key]) for key in ("value", "least", "most")], row["unit"]
    if unit == "ns" and values[0] >= 1e6:
        values, unit = [value / 1e6 for value in values], "ms"
    elif unit == "ns" and values[0] >= 1e3:
        values, unit = [value / 1e3 for value in values], "us"
    return "%.1f %s" % (values[0], unit) + (" (%.1f to %.1f)" % tuple(values[1:]) if values[1] != values[2] else "")


def table(rows):
    yield "| | | time | of TBB's |"
    yield "|---|---|---|---|"
    before = None
    for row in rows:
        name, before = row["workload"] if row["workload"] != before else "", row["workload"]
        ratio = "**%.2f** (%.2f to %.2f)" % tuple(float(row[key]) for key in ("ratio", "ratio_least", "ratio_most")) \
            if row["ratio"] and row["peer"] != "TBB" else "1" if row["ratio"] else ""
        yield "| %s | %s | %s | %s |" % (name, row["peer"], figure(row), ratio)


if __name__ == "__main__":
    _, ROWS = report.read(sys.argv[1])
    for path in sys.argv[2:]:
        report.fill(path, "job_bench", lambda which: table(ROWS))
