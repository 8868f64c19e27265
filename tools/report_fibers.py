#!/usr/bin/env python3
"""report_fibers.py fibers.csv plot.svg page.md...: what fiber_bench measured, as a plot of nanoseconds for a resume and
its yield against how many fibers take turns, and as the table of each page that has a place for one."""
import csv
import math
import re
import sys

WIDTH, HEIGHT = 950, 520
LEFT, RIGHT, TOP, BOTTOM = 64, 265, 72, 60
COLOURS = {"Telar": "#c2410c", "Telar strict": "#e8a87c", "Telar dense": "#0f766e", "Boost.Context": "#1d4ed8", "Boost prefetched": "#93b4f5",
           "ucontext": "#64748b", "memory alone": "#a3a3a3"}
NOTES = {"Telar": "guarded, checked", "Boost.Context": "no guards", "memory alone": "no fibers at all",
         "ucontext": "no guards, to 100,000", "Telar strict": "to 100,000", "Telar dense": "300 bytes each"}


# The place for a table, and what stands there now.
TABLE = re.compile(r"(<!-- fiber_bench: (?P<which>[a-z]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
ROWS_IN_SHORT = ("one hot fiber", "create, run, destroy", "4,096 in turn", "100,000 in turn", "1,000,000 in turn",
                 "1,000,000 in turn, shuffled", "1,000,000 in turn, 400 bytes deep")
REFERENCE, OURS, VARIANTS = "Boost.Context", "Telar", ("Telar strict", "Telar dense")


def read(path):
    """What stands at the file's head, and its rows."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    head = [line[2:] for line in lines if line.startswith("# ")]
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def lines_of(rows):
    """The lines of the plot: for each peer, (fibers, median, least, most) of fibers in the order they were made."""
    peers = {}
    for row in rows:
        fibers = int(row["fibers"])
        if row["order"] == "made" and fibers > 0 and (int(row["stack_bytes"]) == 8192 or fibers == 1):
            peers.setdefault(row["peer"], []).append(
                (fibers, float(row["ns"]), float(row["ns_least"]), float(row["ns_most"])))
    return peers


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


def fill(path, rows):
    """Puts the table that it asks for into a page."""
    with open(path, encoding="utf-8") as page:
        text = page.read()
    text = TABLE.sub(lambda place: place.group(1) + "\n".join(table(rows, place.group("which"))) + "\n" + place.group(3),
                     text)
    with open(path, "w", encoding="utf-8") as page:
        page.write(text)


class Axis:
    """A logarithmic one, from value to place."""

    def __init__(self, least, most, start, end):
        self.least, self.most, self.start, self.end = math.log10(least), math.log10(most), start, end

    def __call__(self, value):
        part = (math.log10(value) - self.least) / (self.most - self.least)
        return self.start + part * (self.end - self.start)


def spread_out(labels, distance):
    """Moves labels apart that would lie on top of one another. [(place, ...)], sorted by place."""
    labels = sorted(labels)
    for i in range(1, len(labels)):
        if labels[i][0] - labels[i - 1][0] < distance:
            labels[i] = (labels[i - 1][0] + distance,) + labels[i][1:]
    return labels


def draw(head, peers):
    across = Axis(1, 1e6, LEFT, WIDTH - RIGHT)
    up = Axis(4, 2000, HEIGHT - BOTTOM, TOP)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif">'
           % (WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="#ffffff"/>']

    def text(x, y, words, size=13, colour="#334155", anchor="start", weight="normal"):
        out.append('<text x="%.1f" y="%.1f" font-size="%d" fill="%s" text-anchor="%s" font-weight="%s">%s</text>'
                   % (x, y, size, colour, anchor, weight, words))

    text(LEFT, 28, "One resume and its yield, as ever more fibers take turns", 17, "#0f172a", weight="600")
    text(LEFT, 47, "nanoseconds, medians; stacks of 8 KiB; less is better", 12, "#64748b")
    for value in (5, 10, 20, 50, 100, 200, 500, 1000):
        out.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e2e8f0"/>'
                   % (LEFT, WIDTH - RIGHT, up(value), up(value)))
        text(LEFT - 8, up(value) + 4, value, 12, "#64748b", "end")
    for value, words in ((1, "1"), (16, "16"), (256, "256"), (4096, "4,096"), (20000, "20,000"), (1e5, "100,000"),
                         (1e6, "1,000,000")):
        text(across(value), HEIGHT - BOTTOM + 20, words, 12, "#64748b", "middle")
    labels = []
    for peer in sorted(peers, key=lambda name: name == "Telar"):
        points, colour = sorted(peers[peer]), COLOURS.get(peer, "#475569")
        band = ["%.1f,%.1f" % (across(n), up(most)) for n, _, _, most in points]
        band += ["%.1f,%.1f" % (across(n), up(least)) for n, _, least, _ in reversed(points)]
        out.append('<polygon points="%s" fill="%s" opacity="0.12"/>' % (" ".join(band), colour))
        out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round"%s/>'
                   % (" ".join("%.1f,%.1f" % (across(n), up(ns)) for n, ns, _, _ in points), colour,
                      "3" if peer == "Telar" else "1.8", ' stroke-dasharray="2 4"' if peer == "memory alone" else ""))
        for n, ns, _, _ in points:
            out.append('<circle cx="%.1f" cy="%.1f" r="%s" fill="%s"/>'
                       % (across(n), up(ns), "4" if peer == "Telar" else "2.6", colour))
        labels.append((up(points[-1][1]), across(points[-1][0]), peer, points[-1][1], colour))
    for y, x, peer, ns, colour in spread_out(labels, 17):
        note = NOTES.get(peer)
        text(WIDTH - RIGHT + 12, y + 4, "%s %.0f%s" % (peer, ns, '<tspan dx="7" fill="#94a3b8" font-size="11" font-weight="normal">%s</tspan>' % note
                                                       if note else ""), 13, colour, weight="600")
    text(LEFT, HEIGHT - 12, "; ".join(line for line in head if line.startswith(("cpu", "kernel", "date"))), 11, "#94a3b8")
    out.append("</svg>")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    HEAD, ROWS = read(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as svg:
        svg.write(draw(HEAD, lines_of(ROWS)))
    for page in sys.argv[3:]:
        fill(page, ROWS)
