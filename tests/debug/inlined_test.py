# SPDX-License-Identifier: MIT
"""Run by gdb: the suspended fiber of inlined_program is shown when the thread's innermost function is inlined, and when it
is main; what ends its selection; and what a fiber waits for on a thread of its own, without a job system."""
import os
import re
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gdb_session import names_in, run  # noqa: E402

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inlined_program.c")


def check(fact, text):
    assert fact, text


def expect(command, pattern):
    printed = run(command)
    check(re.search(pattern, printed, re.M), "`%s` prints no %s:\n%s" % (command, pattern, printed))


def names():
    return names_in("backtrace")


def go_to(mark):
    line = next(number for number, text in enumerate(open(SOURCE), 1) if text.endswith("// %s\n" % mark))
    run("tbreak inlined_program.c:%d" % line)
    run("run" if gdb.selected_thread() is None else "continue")


def check_fiber(own):
    check(names() == own, "the thread is in %s" % names())
    expect("info fibers", r'^  1 +suspended +"waiter" .*suspend_here \(inlined_program\.c:\d+\)$')
    expect("info fibers -at suspend_here", '"waiter"')
    expect("info fibers -at main", "No fiber matches")
    expect("fiber stacks", r"^1 fiber: waiter\n    suspend_here at ")
    expect("fiber apply 1 backtrace", "suspend_here")
    check(names() == own, "and is shown again: %s" % names())
    expect("fiber 1", "suspend_here")
    check("suspend_here" in names() and names()[-1] == "tl__bottom", "the fiber's calls are %s" % names())
    check(gdb.selected_frame().name() == "suspend_here", "and its own function is selected")


def check_ends(own):
    for command in ("frame 0", "frame level 0", "select-frame 0", "frame function main", "down 50"):
        expect(command, "That is the thread's frame; fiber 1, which is selected, begins at frame %d" % len(own))
        check(gdb.selected_frame().level() == len(own), "%s selects the fiber's first frame" % command)
    run("up")
    check(gdb.selected_frame().level() == len(own) + 1, "up leads on")
    for command in ("thread 1", "thread apply all backtrace", "thread apply 1 backtrace"):
        run("fiber 1")
        said = run(command)
        check("suspend_here" not in said and own[0] in said, "%s shows the thread: %s" % (command, said))
        expect("fiber", "No fiber is selected")
        check(names() == own, "after %s the thread is shown: %s" % (command, names()))
    check(not gdb.parameter("backtrace past-main"), "gdb stops at main again")


def check_writes():
    """The user writes to the program's memory, calls its functions and changes registers."""
    run("fiber 1")
    run("frame function waiter__run")
    level = gdb.selected_frame().level()
    run("set var seen = 7")
    expect("info fibers", r'^\* 1 +suspended +"waiter"')
    check(gdb.selected_frame().level() == level, "the frame stays selected")
    printed = run("fiber apply 1-1 set var seen = 8")
    check("error" not in printed, printed)
    expect("fiber", r'^Fiber 1, "waiter"')
    expect("fiber apply all print (int)look_beyond()", r"^\$\d+ = 8$")
    expect("print (int)look_beyond()", r"^\$\d+ = 8$")
    expect("fiber", r'^Fiber 1, "waiter"')
    check("suspend_here" in names(), "its calls are shown: %s" % names())
    run("set $r11 = $r11 + 1" if "x86-64" in gdb.newest_frame().architecture().name() else "set $x9 = $x9 + 1")
    check(gdb.newest_frame().level() == 0, "there are frames")
    run("fiber off")
    run("set backtrace limit 1")
    expect("fiber 1", "error: gdb shows no frame of the fiber: see `show backtrace limit`")
    run("set backtrace limit unlimited")
    run("fiber off")


def main():
    for setting in ("pagination off", "confirm off", "width 0"):
        gdb.execute("set " + setting)
    gdb.execute("source " + os.environ["SCRIPT"])
    for mark, own in ("inlined", ["look_closely", "main"]), ("in main", ["main"]):
        go_to(mark)
        check_fiber(own)
        check_ends(own)
    check_writes()
    check(names() == ["main"], "the thread is shown: %s" % names())
    expect("info jobs", r'^fiber 2, "blocked", on thread \d+, waits for the mutex "shield"\nNo job systems\.$')
    run("fiber 1")
    expect("fiber apply all continue", "error: The program has run on: other fibers are left out")
    check(int(gdb.parse_and_eval("$_exitcode")) == 0, "the program ends as usual")


try:
    main()
    gdb.execute("quit 0")
except (AssertionError, gdb.error, ValueError) as problem:
    print("FAILED: %s" % problem)
    gdb.execute("quit 1")
