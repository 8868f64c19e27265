# SPDX-License-Identifier: MIT
"""Run by gdb: looks into debug_program with telar-gdb.py, live or in a core file.

MODE in the environment is "live"; "core"; "bare" for the core of a program without symbols; or "switch", which stops at
each instruction of some switches. Each check that fails is printed, and the exit code is the number of them.
"""
import hashlib
import os
import re
import struct
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gdb_session import names_in, run  # noqa: E402

MODE = os.environ["MODE"]
failures = []


def check(fact, text):
    if not fact:
        failures.append(text)
        print("FAILED: " + text)


def expect(command, *patterns):
    """Checks that a command prints each of some lines, in this order."""
    printed = run(command)
    rest = printed
    for pattern in patterns:
        found = re.search(pattern, rest, re.M)
        check(found is not None, "`%s` prints no %s:\n%s" % (command, pattern, printed))
        rest = rest[found.end():] if found else rest
    return printed


def memory_now():
    """A digest of all pages that the program may write and that are in memory. They are read from the kernel, not by gdb."""
    pid, digest = gdb.selected_inferior().pid, hashlib.sha256()
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory, open("/proc/%d/pagemap" % pid, "rb", 0) as pages:
        for line in maps:
            low, high = (int(part, 16) for part in line.split()[0].split("-"))
            if line.split()[1][:2] != "rw":
                continue
            pages.seek(low // 4096 * 8)
            entries = pages.read((high - low) // 4096 * 8)
            for index, (entry,) in enumerate(struct.iter_unpack("<Q", entries)):
                if entry >> 63:
                    memory.seek(low + index * 4096)
                    try:
                        digest.update(memory.read(4096))
                    except OSError:  # a guard
                        pass
    return digest.hexdigest()


def registers_now():
    return gdb.execute("thread apply all info registers", to_string=True)


def number_of(name):
    """The number of the fiber with a name."""
    found = re.search(r"^[* ] (\d+) .*\"%s\"" % name, run("info fibers -limit 1000"), re.M)
    check(found is not None, "no fiber is called " + name)
    return int(found.group(1)) if found else 0


GOES_ON = MODE != "bare" and "is at" in run("info address tl__switch")  # into resumers, where assembly switches
OWN = ("second_step", "first_step", "climbs", "descend", "dives", "resume_next", "waits", "look_now", "looks", "stay_here", "wait_for_gate")


def own_calls():
    """The functions of debug_program in a backtrace."""
    return [name for name in names_in("backtrace") if name in OWN]


def test_fibers():
    expect("info fibers",
           r'^  \d+ +suspended +"passes_the_gate"',
           r'^  \d+ +suspended +"commands"',
           r'^  \d+ +ready +"not begun" climbs \(debug_program\.c:\d+\)',
           r'^  \d+ +suspended +"climber" climbs',
           r'^  \d+ +suspended +"diver" dives',
           r'^  \d+ +done +"ends_at_once"',
           r'^  \d+ +running +"looker" looks .* on thread \d+',
           r'^  \d+ +waiting +"middle" waits',
           r'^  \d+ +waiting +"outer" waits',
           r'^  \d+ +running +"elsewhere" stays .* on thread \d+',
           r'^  \d+ +running unwinding +"leaver" leaves .* on thread \d+',
           r'^  \d+ +done dense +"packed 1" climbs',
           r'^  \d+ +suspended dense +"packed 2" climbs .*frames off the stack',
           r'^  \d+ +suspended +"on its own" climbs')
    if MODE != "bare":
        expect("info fibers -name climber", r'"climber" climbs .*second_step \(debug_program\.c:\d+\)$')
        expect("info fibers -at descend", r'^  \d+ +suspended +"diver"')
    check(run("info fibers -state running").count("running") == 3, "three fibers run")
    expect("info fibers -limit 3", r"^and \d+ more$")
    expect("info fibers -name nobody", "No fiber matches")
    expect("info fibers -wrong 1", "error: Unknown option")
    expect("info fibers climber", "error: What is climber")
    expect('info fibers -name "on its own"', '"on its own"')
    for command in ("info fibers -name [", "info fibers -at [", "info scripts -wait [", "fiber apply [ backtrace"):
        expect(command, r"error: \[ is no regular expression")
    for command in ("info fibers", "info scripts", "fiber stacks"):
        expect(command + " -limit many", "error: -limit takes a number, not many")
    expect("info fibers -state asleep", "error: States are ready, suspended")


def test_selection():
    expect("fiber", "No fiber is selected")
    expect("fiber climber", r'^Fiber %d, "climber"' % number_of("climber"))
    expect("fiber", r'^Fiber %d, "climber"' % number_of("climber"))
    expect("info fibers -name climber", r"^\* \d+")
    check(int(gdb.parse_and_eval("$_fiber")) == number_of("climber"), "$_fiber is its number")
    check(int(gdb.parse_and_eval("$_fiber_pc")) == gdb.newest_frame().older().pc(), "$_fiber_pc is where it will continue")
    check("#0 " not in run("backtrace"), "the thread's own frame is not shown:\n" + run("backtrace"))
    if MODE == "bare":
        return
    check(own_calls() == ["second_step", "first_step", "climbs"], "the climber's calls:\n" + run("backtrace"))
    gdb.execute("frame function second_step", to_string=True)
    expect("info locals", "local_of_second = 42")
    run("up")
    check(gdb.selected_frame().name() == "first_step", "up goes to the caller")
    expect("fiber diver", "descend")
    check(own_calls().count("descend") == 31, "the diver is 31 calls deep")
    expect("fiber outer", "resume_next")
    check(own_calls()[0] == "resume_next", "the outer fiber waits in resume_next")
    check(not GOES_ON or names_in("backtrace")[-1] == "main", "and main for it:\n" + run("backtrace"))
    for name in ("on its own", "middle", "passes_the_gate"):
        gdb.execute("fiber " + str(number_of(name)), to_string=True)
        check(names_in("backtrace"), name + " has calls")
    for command in ("finish", "return", "until", "advance main"):
        expect(command, "error: `%s` works on threads" % command.split()[0])
    expect("fiber off")
    expected = ["look_now", "looks"]
    if GOES_ON:  # into its resumers, down to main
        expected += ["tl__bottom", "resume_next", "tl__bottom", "resume_next", "tl__bottom", "main"]
    calls = [name for name in names_in("backtrace") if name in expected]
    check(calls == expected, "the thread's own calls are back:\n" + run("backtrace"))


def test_what_has_no_calls():
    expect('fiber "not begun"', "error: .*has not begun")
    expect("fiber ends_at_once", "error: .*done")
    expect('fiber "packed 2"', "error: .*off the stack")
    expect("fiber 99", "error: No fiber has the number 99")
    expect("fiber nobody", "error: No fiber is called nobody")
    expect("fiber packed 2", "error: .*off the stack")
    for name in ("looker", "elsewhere"):
        expect("fiber " + name, r"runs on thread \d+, which is selected now")
    if MODE != "bare":
        check("stay_here" in own_calls(), "it is on the other thread:\n" + run("backtrace"))
    run("thread 1")


def test_groups():
    if MODE != "bare":
        expect("fiber stacks", r"^2 fibers: climber, on its own\n +second_step at debug_program\.c:\d+\n +first_step", r"^1 fiber: diver\n +descend")
        expect("fiber stacks -limit 1", r"^and \d+ more fibers")
        expect("fiber apply climber backtrace", r"^Fiber \d+, \"climber\"", "second_step")
    expect("fiber apply all backtrace 1", '"climber"', '"diver"')
    expect("fiber apply %d %d backtrace 1" % (number_of("climber"), number_of("diver")), '"climber"', '"diver"')
    expect("fiber apply %d-%d backtrace 1" % (number_of("climber"), number_of("diver")), '"climber"', '"diver"')
    expect("fiber apply %d,%d backtrace 1" % (number_of("climber"), number_of("diver")), '"climber"', '"diver"')
    expect("fiber apply %d backtrace 1" % number_of("not begun"), '"not begun"', "no calls to show: it is ready")
    expect('fiber apply "on its own" backtrace 1', '"on its own"')
    for command in ("fiber apply 99 backtrace", "fiber apply 90-99 backtrace", "fiber apply 99-90 backtrace"):
        expect(command, "error: No fiber has the number 9")
    expect("fiber apply nobody backtrace", "error: No fiber that has calls is called nobody")
    expect("fiber apply climber nosuchcommand", "error: Undefined command")
    expect("fiber apply", "error: Give fibers and a command")
    expect("fiber chain", 'fiber \\d+, "looker".*running', 'fiber \\d+, "middle".*waiting', 'fiber \\d+, "outer".*waiting', r"^thread \d+")
    expect("fiber chain elsewhere", '"elsewhere"', "^thread")
    expect("fiber chain leaver", '"leaver".*running', "^thread")
    expect("fiber chain climber", "is suspended: nothing has resumed it")


def test_scripts():
    expect("info scripts", r"^World 1, step 120: 5 scripts",
           r'^  script \d+\.\d+ "commands" \(fiber \d+\) \[all of several, \d+\.\d\d s\], age 2\.00 s, spawned at debug_program\.c:\d+',
           r'^    script \S+ "guards" .*\[an event "alarm", 1\.98 s\].*spawned at debug_program\.c',
           r'^    script \S+ "mines" .*\[game time, 1\.98 s\]',
           r'^  script \S+ "smelts" .*\[something in a channel "ore", 1\.98 s\]',
           r'^  script \S+ "lingers" .*\[game time, 1\.98 s\], cancelled')
    expect("info scripts -wait ore", '"smelts"')
    check('"mines"' not in run("info scripts -name guards"), "-name selects")


def test_jobs():
    expect("info jobs", r"^Job system 1: 2 workers", r"^  worker 0, main:", r"^  worker 1, general: sleeps",
           r'^  job passes_the_gate \(fiber 1\) waits for the counter "gate", which counts 3')


def each_instruction_of(function):
    """Yields at each instruction of a function at which the thread stops, with its place, and steps over it."""
    block = gdb.execute("disassemble " + function, to_string=True).splitlines()
    addresses = [int(line.replace("=>", "").split()[0], 16) for line in block if "<+" in line]
    while addresses[0] <= gdb.newest_frame().pc() <= addresses[-1]:
        yield "%s+%d" % (function, gdb.newest_frame().pc() - addresses[0])
        run("fiber off")
        gdb.execute("stepi", to_string=True)


def running_here():
    thread = gdb.selected_thread().ptid[1]
    return re.findall(r'^[* ] \d+ +running[^"]*"([^"]*)".* on thread %d$' % thread, run("info fibers -limit 1000"), re.M)


def step_through(leaving, entered):
    """Steps through tl__switch: at each instruction one of two fibers runs, and the calls of the other can be shown."""
    seen = []
    for where in each_instruction_of("tl__switch"):
        running = running_here()
        check(running in ([leaving], [entered]), "%s: %s run" % (where, running))
        check(not seen or running == seen[-1] or seen[-1] == [leaving], "%s: it is back in what it left" % where)
        other = entered if running == [leaving] else leaving
        expect("fiber " + str(number_of(other)), other)
        calls = names_in("backtrace")
        check("tl__bottom" in calls[1:] and calls[-1] in ("tl__bottom", "main"), "%s: the calls of %s: %s" % (where, other, calls))
        seen.append(running)
    check(seen[0] == [leaving] and seen[-1] == [entered] and len(seen) > 10, "it went from one to the other: %s" % seen)


def step_into_new_fiber(name):
    count = 0
    for where in each_instruction_of("tl__start"):
        check(running_here() == [], "%s: no fiber runs" % where)
        expect("fiber " + name, "error: .*has not begun")
        count += 1
    check(count > 5, "tl__start was stepped through")
    check(running_here() == [name], "then the fiber runs")


def test_each_instruction():
    gdb.execute("run", to_string=True)
    gdb.execute("break *tl__switch thread 1", to_string=True)
    gdb.execute("continue", to_string=True)
    step_through("looker", "middle")  # a yield
    gdb.execute("delete")
    gdb.execute("kill", to_string=True)
    gdb.execute("break climbs__run", to_string=True)
    gdb.execute("run", to_string=True)
    gdb.execute("delete")
    gdb.execute("break *tl__start thread 1", to_string=True)
    gdb.execute("continue", to_string=True)
    step_into_new_fiber("diver")
    gdb.execute("delete")
    gdb.execute("continue", to_string=True)
    check(int(gdb.parse_and_eval("$_exitcode")) == 0, "the program ends as usual")


def start():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set width 0")
    expect("info fibers", "Undefined info command")
    gdb.execute("source " + os.environ["SCRIPT"])
    if MODE in ("live", "switch"):
        expect("info fibers", "error: The program does not run")
        gdb.execute("break look_now", to_string=True)
    if MODE == "live":
        gdb.execute("run", to_string=True)


def main():
    start()
    if MODE == "switch":
        test_each_instruction()
        end()
    before = (memory_now(), registers_now()) if MODE == "live" else None
    for test in (test_fibers, test_selection, test_what_has_no_calls, test_groups, test_scripts, test_jobs):
        test()
    run("fiber off")
    if MODE == "live":
        check(before == (memory_now(), registers_now()), "the program's memory and registers are what they were")
        run("fiber climber")
        gdb.execute("continue", to_string=True)
        check(int(gdb.parse_and_eval("$_exitcode")) == 0, "the program ends as usual")
        check(run("info fibers").startswith("error: The program does not run"), "nothing is left of it")
    end()


def end():
    print("%s: %d failures" % (MODE, len(failures)))
    gdb.execute("quit %d" % min(len(failures), 99))


try:
    main()
except Exception:
    import traceback
    traceback.print_exc()
    gdb.execute("quit 98")
