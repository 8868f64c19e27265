#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report_frame.py frame.csv plot.svg page.md...: what frame_bench measured, as a plot of nanoseconds for a script and step
against how many scripts there are, and as the tables of pages that have a place for one."""
import sys

import report

OURS = "Telar script"
SHORT_NAMES = {"Telar script, parallel phase, one thread": "Telar, parallel phase", "C++20 coroutine, a nested call waits": "C++20, nested",
               "Lua 5.4 coroutine, resumed from C": "Lua 5.4 coroutine", "state machine": "state machine by hand",
               "C++20 coroutine, std::priority_queue": "C++20, priority_queue"}
COLOURS = {OURS: "#c2410c", "Telar, parallel phase": "#e8a87c", "bare fibers": "#0f766e", "C++20 coroutine": "#1d4ed8",
           "C++20, nested": "#93b4f5", "Lua 5.4 coroutine": "#7c3aed", "state machine by hand": "#64748b"}
NOTES = {"bare fibers": "no world", "Telar, parallel phase": "one thread", "C++20, nested": "a call that waits"}
SCENES = {"step": "a script that waits for the next step", "timed": "a wait of 0.1 to 2 s, at 60 steps a second",
          "event": "a script that waits for the event of each step", "race": "a race of an event, a channel and one second",
          "channel": "an item from one script to another", "life": "a script's life: spawned, run, ended",
          "child": "a child that ends at once, by tl_sync"}
SHORT_SIZES = (100, 5000, 100000, 1000000)
SHORT = [("step", name) for name in ("state machine", "C++20 coroutine", "C++20 coroutine, a nested call waits", "bare fibers", OURS,
                                     "Telar script, parallel phase, one thread", "Lua 5.4 coroutine, resumed from C")]
SHORT += [("timed", "C++20 coroutine, std::priority_queue"), ("timed", OURS), ("event", OURS)]


def short_name(name):
    return SHORT_NAMES.get(name, name)


def lines_of(rows):
    lines = {}
    for row in rows:
        if row["scene"] == "step":
            lines.setdefault(short_name(row["peer"]), []).append(
                (int(row["scripts"]), float(row["ns"]), float(row["ns_least"]), float(row["ns_most"])))
    return lines


def short_table(rows):
    found = {(row["scene"], row["peer"], int(row["scripts"])): float(row["ns"]) for row in rows}
    yield "| nanoseconds | | " + " | ".join("{:,}".format(size) for size in SHORT_SIZES) + " |"
    yield "|---|---|" + "---|" * len(SHORT_SIZES)
    last = None
    for scene, peer in SHORT:
        times = [found.get((scene, peer, size)) for size in SHORT_SIZES]
        if not any(times):
            continue
        mark = "**" if peer == OURS else ""
        cells = ["" if time is None else "%s%s%s" % (mark, "%.1f" % time if time < 100 else "%.0f" % time, mark) for time in times]
        yield "| %s | %s%s%s | %s |" % (SCENES[scene] if scene != last else "", mark, short_name(peer), mark, " | ".join(cells))
        last = scene


def whole_table(rows):
    yield "| | scripts | peer | time | of the reference |"
    yield "|---|---|---|---|---|"
    last = None
    for row in rows:
        ratio = "%.2f (%.2f to %.2f)" % tuple(float(row[key]) for key in ("ratio", "ratio_least", "ratio_most"))
        place = (row["scene"], row["scripts"])
        yield "| %s | %s | %s | %.1f ns (%.1f to %.1f) | %s |" % (
            SCENES[row["scene"]] if last is None or last[0] != row["scene"] else "",
            "{:,}".format(int(row["scripts"])) if place != last else "", row["peer"], float(row["ns"]),
            float(row["ns_least"]), float(row["ns_most"]), ratio if float(row["ratio"]) > 0 else "")
        last = place


def table(rows, which):
    return short_table(rows) if which == "short" else whole_table(rows)


def plot():
    return report.Plot("A frame of scripts: one script that waits for the next step",
                       "nanoseconds a script and step, medians; less is better",
                       {100: "100", 5000: "5,000", 10000: "10,000", 100000: "100,000", 1000000: "1,000,000"},
                       {0.3: None, 0.5: 0.5, 1: 1, 2: 2, 5: 5, 10: 10, 20: 20, 50: 50, 100: 100},
                       OURS, (), COLOURS, NOTES)


if __name__ == "__main__":
    HEAD, ROWS = report.read(sys.argv[1])
    plot().draw(sys.argv[2], HEAD, lines_of(ROWS))
    for page in sys.argv[3:]:
        report.fill(page, "frame_bench", lambda which: table(ROWS, which))
