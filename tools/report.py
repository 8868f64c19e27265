# SPDX-License-Identifier: MIT
"""What the reports of the benchmarks have in common: reading results, filling in the tables of pages, drawing."""
import csv
import math
import re


def read(path):
    """What stands at the file's head, and its rows."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    head = [line[2:] for line in lines if line.startswith("# ")]
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def fill(path, bench, table):
    """Puts the tables of a benchmark that a page asks for into it. table: which -> lines."""
    with open(path, encoding="utf-8") as page:
        text = page.read()
    place = re.compile(r"(<!-- " + bench + r": (?P<which>[a-z]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
    text = place.sub(lambda found: found.group(1) + "\n".join(table(found.group("which"))) + "\n" + found.group(3), text)
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


class Plot:
    """Lines of nanoseconds against a number, both on logarithmic axes.

    title, subtitle; across and up: {value: words} of the grid, from the least to the most of each axis;
    ours: the line to stand out; dotted: the lines of what is no peer; colours, notes: by the name of the line.
    """

    WIDTH, HEIGHT = 950, 520
    LEFT, RIGHT, TOP, BOTTOM = 64, 265, 72, 60

    def __init__(self, title, subtitle, across, up, ours, dotted, colours, notes):
        self.title, self.subtitle, self.ours, self.dotted = title, subtitle, ours, dotted
        self.across_grid, self.up_grid, self.colours, self.notes = across, up, colours, notes
        self.across = Axis(min(across), max(across), self.LEFT, self.WIDTH - self.RIGHT)
        self.up = Axis(min(up), max(up), self.HEIGHT - self.BOTTOM, self.TOP)
        self.out = []

    def text(self, x, y, words, size=13, colour="#334155", anchor="start", weight="normal"):
        self.out.append('<text x="%.1f" y="%.1f" font-size="%d" fill="%s" text-anchor="%s" font-weight="%s">%s</text>'
                        % (x, y, size, colour, anchor, weight, words))

    def grid(self):
        self.out += ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif">'
                     % (self.WIDTH, self.HEIGHT), '<rect width="100%" height="100%" fill="#ffffff"/>']
        self.text(self.LEFT, 28, self.title, 17, "#0f172a", weight="600")
        self.text(self.LEFT, 47, self.subtitle, 12, "#64748b")
        for value, words in self.up_grid.items():
            if words is None:
                continue
            self.out.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e2e8f0"/>'
                            % (self.LEFT, self.WIDTH - self.RIGHT, self.up(value), self.up(value)))
            self.text(self.LEFT - 8, self.up(value) + 4, words, 12, "#64748b", "end")
        for value, words in self.across_grid.items():
            self.text(self.across(value), self.HEIGHT - self.BOTTOM + 20, words, 12, "#64748b", "middle")

    def line(self, name, points):
        """points: (number, median, least, most)."""
        is_ours, colour = name == self.ours, self.colours.get(name, "#475569")
        band = ["%.1f,%.1f" % (self.across(n), self.up(most)) for n, _, _, most in points]
        band += ["%.1f,%.1f" % (self.across(n), self.up(least)) for n, _, least, _ in reversed(points)]
        self.out.append('<polygon points="%s" fill="%s" opacity="0.12"/>' % (" ".join(band), colour))
        self.out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round"%s/>'
                        % (" ".join("%.1f,%.1f" % (self.across(n), self.up(ns)) for n, ns, _, _ in points), colour,
                           "3" if is_ours else "1.8", ' stroke-dasharray="2 4"' if name in self.dotted else ""))
        for n, ns, _, _ in points:
            self.out.append('<circle cx="%.1f" cy="%.1f" r="%s" fill="%s"/>'
                            % (self.across(n), self.up(ns), "4" if is_ours else "2.6", colour))

    def labels(self, lines):
        ends = [(self.up(points[-1][1]), name, points[-1][1]) for name, points in lines.items()]
        for y, name, ns in spread_out(ends, 17):
            note = self.notes.get(name)
            words = "%s %s" % (name, "%.1f" % ns if ns < 5 else "%.0f" % ns)
            if note:
                words += '<tspan dx="7" fill="#94a3b8" font-size="11" font-weight="normal">%s</tspan>' % note
            self.text(self.WIDTH - self.RIGHT + 12, y + 4, words, 13, self.colours.get(name, "#475569"), weight="600")

    def draw(self, path, head, lines):
        """lines: name -> points."""
        self.grid()
        lines = {name: sorted(lines[name]) for name in sorted(lines, key=lambda name: name == self.ours)}
        for name, points in lines.items():
            self.line(name, points)
        self.labels(lines)
        foot = "; ".join(line for line in head if line.startswith(("cpu", "kernel", "date")))
        self.text(self.LEFT, self.HEIGHT - 12, foot, 11, "#94a3b8")
        with open(path, "w", encoding="utf-8") as svg:
            svg.write("\n".join(self.out + ["</svg>"]) + "\n")
