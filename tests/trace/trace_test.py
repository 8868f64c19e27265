# SPDX-License-Identifier: MIT
"""trace_test.py SCENE FORMAT COMMAND...: COMMAND, with the scene and a file as further arguments, does what the scene is
about, and saves its trace in the file. Checks the trace: all that telar_trace.py does, and what the scene must show.
"""
import collections
import contextlib
import io
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "debug"))
import telar_trace  # noqa: E402

DEBUGGING = pathlib.Path(__file__).parents[2] / "docs" / "debugging.md"


def same(expected, found, what):
    telar_trace.need(expected == found, f"{what}: expected\n  {expected}\nbut found\n  {found}")


class Trace:
    """A trace, and what the program printed."""

    def __init__(self, path, printed):
        self.tracks, self.events = telar_trace.read(path)
        self.printed = printed

    def group(self, track):
        return telar_trace.group_of(self.tracks, track)

    def named(self, name):
        """The tracks of a name that is not that of a zone's or job's."""
        return [number for number, track in self.tracks.items() if track.name == name]

    def slices(self, track):
        """The names of a track's slices, as they begin."""
        return [event.name for event in self.events if event.track == track and event.kind == "begin"]

    def only(self, name):
        found = self.named(name)
        same(1, len(found), f"tracks called {name}")
        return found[0]

    def lane(self, name):
        return self.slices(self.only(name))

    def below(self, name, kind):
        """The slices of the lane with the zones or jobs of a lane."""
        after = [number for number in self.named(kind) if number > self.only(name)]
        return self.slices(min(after))

    def thread(self, name="the main thread"):
        return self.lane(name)

    def marks(self, name):
        return sum(event.kind == "mark" and event.name == name for event in self.events)

    def values(self, name):
        track = self.only(name)
        return [event.value for event in self.events if event.kind == "value" and event.track == track]

    def count(self, what):
        """The number behind a word that the program printed."""
        return int(re.search(rf"^{what} (\d+)$", self.printed, re.M)[1])

    def wakers(self, woken):
        """The names of the slices from which arrows lead to a lane, innermost."""
        track, stacks, begun, found = self.only(woken), collections.defaultdict(list), {}, []
        for event in self.events:
            if event.kind == "begin":
                stacks[event.track].append(event.name)
                if event.flow and event.track == track:
                    found.append(begun[event.flow])
            elif event.kind == "end":
                stacks[event.track].pop()
            elif event.kind == "mark" and event.flow:
                begun[event.flow] = stacks[event.track][-1]
        return found


def fibers(trace):
    same(["runs", "suspended", "runs"], trace.lane("outer 1"), "outer 1")
    same(["runs", "suspended", "runs"], trace.lane("inner_fiber"), "inner_fiber")
    same(["runs", "suspended", "runs"], trace.lane("taker_fiber"), "taker_fiber")
    same(["runs", "suspended", "runs"], trace.lane("transfers"), "transfers")
    same(["runs", "suspended", "runs"], trace.lane("is_cancelled"), "is_cancelled")
    same(["outer zone"], trace.below("outer 1", "zones"), "zones of outer 1")
    same(["inner zone"], trace.below("inner_fiber", "zones"), "zones of inner_fiber")
    same(["outer 1", "outer zone", "inner_fiber", "inner zone", "outer 1", "outer zone", "inner_fiber", "inner zone",
          "transfers", "taker_fiber", "transfers", "is_cancelled", "is_cancelled", "taker_fiber"], trace.thread(),
         "the thread")
    same(1, trace.marks("a clean-up"), "marks")


def deep(trace):
    lanes = trace.named("goes_deeper")
    same(100, len(lanes), "lanes")
    # The first one then returns; the others are ended with their pool.
    same({("runs", "suspended", "runs")}, {tuple(trace.slices(lane)) for lane in lanes}, "what they do")
    paths = [piece.path for piece in telar_trace.slices_of(trace.events) if trace.tracks[piece.track].kind == "thread"]
    same(64, max(path.count("goes_deeper") for path in paths), "fibers inside each other")
    same(32, max(path.count("a zone") for path in paths), "zones inside each other")


def earlier(trace):
    same(["runs"], trace.lane("taker_fiber"), "the fiber that was there before")
    same(["runs", "suspended"], trace.lane("on its own stack"), "the one on a stack of its own")
    same(["runs", "suspended"], trace.lane("made later"), "the one made later")


def jobs(trace):
    lanes = [number for number in trace.tracks if re.fullmatch(r"job fiber \d+", trace.tracks[number].name)]
    waits = [trace.slices(lane) for lane in lanes if "whole" in trace.slices(lane)]
    same(1, len(waits), "lanes with the job")
    whole = [name for name in waits[0] if name != "part"]
    same(["whole", 'the counter "all of them"', "ready", "whole"], whole, "the job")
    zones = collections.Counter(name for number in trace.named("jobs") for name in trace.slices(number))
    same(3, zones["part"], "jobs")
    same(1, zones["whole"], "jobs")
    same(1, zones["a zone of a job"], "zones of jobs")
    paths = [piece.path for piece in telar_trace.slices_of(trace.events) if piece.name == "part"]
    same({1}, {path.count("part") for path in paths}, "jobs that one job is shown inside of")
    woken = [trace.wakers(trace.tracks[lane].name) for lane in lanes if "whole" in trace.slices(lane)]
    same([["part"]], woken, "what woke the job")


def cancelled_jobs(trace):
    paths = [piece.path for piece in telar_trace.slices_of(trace.events)
             if trace.tracks[piece.track].name == "jobs"]
    same([("cancels",), ("cancels", "around"), ("cancels", "around", "afterwards")], paths, "jobs and zones")


def inside(trace):
    same(["runs"], trace.lane("begins_inside"), "the fiber")
    same(["of one that is"], trace.below("begins_inside", "zones"), "its zones")
    same(["of the thread", "begins_inside", "of one that is"], trace.thread(), "the thread")
    same(1, trace.marks("a" + "\u20ac" * 20), "marks")


def scripts(trace):
    same(["ready", "runs", 'an event "alarm"', "ready", "runs"], trace.lane("listener"), "listener")
    same(["rings_it"], trace.wakers("listener"), "what woke the listener")
    same(["listens"], trace.below("listener", "zones"), "zones of the listener")
    same(["ready", "runs", "steps", "ready", "runs", "the next step", "runs"], trace.lane("rings_it"), "rings_it")
    same(["ready", "runs", "game time", "runs"], trace.lane("waits_for_ever"), "waits_for_ever")
    same(5, trace.thread().count("step"), "steps")
    same(2, trace.thread().count("listener"), "turns of the listener on the thread")
    same(2, trace.thread().count("listens"), "its zone, cut by its wait")
    same([7.5], trace.values("loudness"), "loudness")
    same(["frame"] * 6, trace.lane("frames"), "frames")
    same(1, trace.marks("a clean-up"), "marks")
    same(trace.count("turns"), telar_trace.turns(trace.tracks, trace.events), "turns")


def threads(trace):
    for visitor in range(20):
        track = trace.only(f"visitor {visitor}")
        same(1, sum(event.kind == "mark" and event.track == track for event in trace.events), f"visits of {visitor}")
    unnamed = [track.name for track in trace.tracks.values() if re.fullmatch(r"thread \d+", track.name)]
    same(1, len(unnamed), "threads without a name")


def busy(trace):
    for number in (1, 2, 3):
        tracks = [track for track in trace.named(f"busy {number}") if trace.tracks[track].kind == "counter"]
        same(1, len(tracks), "counters")
        values = [event.value for event in trace.events if event.kind == "value" and event.track == tracks[0]]
        telar_trace.need(len(values) > 100, f"only {len(values)} values")
        same(list(range(int(values[0]), int(values[0]) + len(values))), [int(value) for value in values], "values")


def at_random(trace):
    runs = sum(event.kind == "begin" and event.name == "runs" for event in trace.events)
    same(trace.count("runs"), runs, "runs")


def slow(trace):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        same(None, telar_trace.describe(trace.tracks, trace.events, None), "what is wrong")
    page = re.search(r"<!-- trace slow -->\n```\n.*\n((.|\n)*?)```", DEBUGGING.read_text())[1]
    same(re.sub(r" *[0-9.]+ ms", " N ms", page), re.sub(r" *[0-9.]+ ms", " N ms", printed.getvalue()),
         f"what {DEBUGGING} shows")
    same("there are frames 1 to 3", telar_trace.describe(trace.tracks, trace.events, 6), "a frame too many")


SCENES = {"fibers": fibers, "deep": deep, "dense_fibers": fibers, "earlier": earlier, "jobs": jobs, "scripts": scripts,
          "threads": threads, "busy": busy, "at_random": at_random, "slow": slow, "cancelled_jobs": cancelled_jobs,
          "inside": inside}


def main():
    scene, ending, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"trace.{ending}"
        printed = subprocess.run([*command, scene, str(path)], check=True, stdout=subprocess.PIPE, text=True).stdout
        trace = Trace(path, printed)
    SCENES[scene](trace)
    print(f"{scene}: {len(trace.tracks)} tracks, {len(trace.events)} events")


if __name__ == "__main__":
    main()
