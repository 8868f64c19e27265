# SPDX-License-Identifier: MIT
"""Run by gdb, without telar-gdb.py: below a fiber's calls a backtrace shows those of its resumer, down to main, whether
either has a stack of its own or shares one; and the registers of each caller are found."""
import gdb

DEPTHS = (0, 1, 2, 3)
NO_RESUMER = ("tl__no_resumer", "tl.no_resumer")  # without debug information gdb shows two underscores as a dot


def frames():
    frame = gdb.newest_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


def calls_in_order():
    names = [frame.name() for frame in frames() if frame.type() != gdb.INLINE_FRAME]
    return names, [name for name in names if name in ("stop_here", "resume_deeper", "main")]


def with_one_off_the_stack():
    gdb.execute("run crowded > /dev/null", to_string=True)
    names, seen = calls_in_order()
    # In a debug build the first resumer's frames are off the stack, in a release that of the third fiber.
    assert seen in (["stop_here"], ["stop_here"] + ["resume_deeper"] * 2), "the calls are %s" % names
    assert names[-1] in NO_RESUMER, "and end where the frames are off the stack: %s" % names
    gdb.execute("kill", to_string=True)


def main():
    gdb.execute("break stop_here", to_string=True)
    with_one_off_the_stack()
    gdb.execute("run > /dev/null", to_string=True)
    names, seen = calls_in_order()
    assert seen == ["stop_here"] + ["resume_deeper"] * len(DEPTHS) + ["main"], "the calls are %s" % names
    assert seen[-1] == names[-1], "below main lies %s" % names
    bottoms = [frame for frame in frames() if frame.type() == gdb.SIGTRAMP_FRAME]
    assert len(bottoms) == len(DEPTHS), "%d fibers are passed" % len(bottoms)
    for kept, base in ("kept_a", 100), ("kept_b", 200), ("kept_c", 300), ("kept_d", 400), ("kept_e", 500):
        found = [int(frame.read_var(kept)) for frame in frames() if frame.name() == "resume_deeper"]
        assert found == [base + depth for depth in DEPTHS], "the callers' %s are %s" % (kept, found)
    gdb.execute("continue", to_string=True)
    names, _ = calls_in_order()
    assert names == ["stop_here", "main"], "outside fibers the calls are %s" % names
    gdb.execute("delete")
    gdb.execute("continue", to_string=True)
    assert int(gdb.parse_and_eval("$_exitcode")) == 0, "the program ends as usual"


try:
    main()
    gdb.execute("quit 0")
except (AssertionError, gdb.error, ValueError) as problem:
    print("FAILED: %s" % problem)
    gdb.execute("quit 1")
