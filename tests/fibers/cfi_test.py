# SPDX-License-Identifier: MIT
"""Run by gdb: steps through tl__switch one instruction at a time, and walks the stack at each.

What lies below tl__switch, with its caller's registers, must at every instruction be either what lay below it as it was
entered, or what lies there as it is left: a call-frame rule that is wrong at one instruction makes the walk go astray
there.

For another processor LAUNCHER in the environment has qemu-user's command, which then serves gdb.
"""
import os
import subprocess
import tempfile
import time

import gdb

SWITCHES = 10
KEPT = {
    "i386:x86-64": ("rbx", "rbp", "r12", "r13", "r14", "r15"),
    "aarch64": tuple("x%d" % n for n in range(19, 30)),
}
BOTTOMS = ("main", "tl__bottom")


def name_of(frame):
    """gdb takes two underscores in a name without debug information for Ada, and shows a dot."""
    return (frame.name() or "?").replace(".", "__")


def frames(depth_of_caller):
    """Where each frame goes on, from the newest down to the bottom, and the bottom's name."""
    frame, found, name = gdb.newest_frame(), [], None
    while frame is not None:
        if frame.type() == gdb.INLINE_FRAME:  # no frame on the stack, and whether gdb shows it depends on the place in its caller
            frame = frame.older()
            continue
        name = name_of(frame)
        # Of the function that called tl__switch all registers must be found, of those below it the place is enough.
        registers = KEPT[frame.architecture().name()] if len(found) == depth_of_caller else ()
        kept = [int(frame.read_register(register)) for register in registers]
        found.append((frame.pc(), int(frame.read_register("sp")), kept))
        if name in BOTTOMS:  # the calls of a fiber's resumer follow, if it still has one
            break
        frame = frame.older()
        if len(found) > 50:
            raise AssertionError("the walk does not end")
    return found, name


def check(condition, words):
    if not condition:
        raise AssertionError(words)


def step_through_one_switch(function):
    start, end = function
    entered, name = frames(1)
    check(name in BOTTOMS, "on entry the walk ends in %s" % name)
    seen, count = [], 0
    while start <= gdb.newest_frame().pc() < end:
        below, name = frames(1)
        check(name in BOTTOMS, "at +%d the walk ends in %s" % (gdb.newest_frame().pc() - start, name))
        seen.append((gdb.newest_frame().pc() - start, below[1:]))
        gdb.execute("stepi", to_string=True)
        count += 1
    left, _ = frames(0)
    sides = (entered[1:], left)
    swapped = False
    for offset, below in seen:
        check(below in sides, "at +%d the walk is astray: %r" % (offset, below))
        swapped = swapped or below == left
        check(not swapped or below == left, "at +%d it is back on the old stack" % offset)
    check(swapped and seen[0][1] == entered[1:], "it never came to the other stack")
    return count


def run_in_emulator(launcher):
    program = gdb.current_progspace().filename
    with tempfile.TemporaryDirectory() as folder:
        socket = folder + "/gdb"
        # A processor without SVE: gdb 13 does not read the registers that qemu 7.2 has for that.
        subprocess.Popen(launcher + ["-cpu", "cortex-a57", "-g", socket, program], stdout=subprocess.DEVNULL)
        while not os.path.exists(socket):
            time.sleep(0.01)
        gdb.execute("set sysroot %s" % launcher[launcher.index("-L") + 1])
        gdb.execute("target remote %s" % socket, to_string=True)
    gdb.execute("continue", to_string=True)


def main():
    gdb.execute("set pagination off")
    gdb.execute("set breakpoint pending on")
    gdb.execute("set disable-randomization on")
    gdb.Breakpoint("*tl__switch", internal=True)
    if os.environ.get("LAUNCHER"):
        run_in_emulator(os.environ["LAUNCHER"].split())
    else:
        gdb.execute("run > /dev/null", to_string=True)
    block = gdb.execute("disassemble tl__switch", to_string=True).splitlines()
    addresses = [int(line.replace("=>", "").split()[0], 16) for line in block if "<+" in line]
    function = (addresses[0], addresses[-1] + 1)
    instructions = 0
    for _ in range(SWITCHES):
        check(name_of(gdb.newest_frame()) == "tl__switch", "stopped in %s" % name_of(gdb.newest_frame()))
        instructions += step_through_one_switch(function)
        gdb.execute("continue", to_string=True)
        if not gdb.selected_inferior().pid:
            break
    check(instructions >= 150, "only %d instructions were stepped through" % instructions)
    print("%d instructions: each walk ends where it should" % instructions)


try:
    main()
    gdb.execute("kill", to_string=True) if gdb.selected_inferior().pid else None
    gdb.execute("quit 0")
except (AssertionError, gdb.error) as problem:
    print("FAILED: %s" % problem)
    gdb.execute("quit 1")
