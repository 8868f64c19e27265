# SPDX-License-Identifier: MIT
"""Shows Telar's fibers, scripts and jobs in gdb 13 or later, in a live program and in a core file.

    source /usr/local/share/telar/telar-gdb.py

docs/debugging.md shows the commands at work; `help info fibers`, `help fiber` and so on describe each. They only read:
no register and no byte of the program is ever written.
"""
import os
import re
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename)))  # gdb sets __file__ for the first script only
import telar_layout  # noqa: E402
from telar_gdb_frames import Kept, first_frame, selection, session, shown  # noqa: E402

LIMIT = 200  # of what is listed unless -limit says otherwise
STATES = ("ready", "suspended", "waiting", "running", "done", "dense", "cancelled", "unwinding")


def expression(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise gdb.GdbError("%s is no regular expression: %s." % (text, error))


def limit_of(options, usual):
    text = options.get("-limit", str(usual))
    if not text.isdecimal():
        raise gdb.GdbError("-limit takes a number, not %s." % text)
    return int(text)


# What is printed.

LIBRARY = re.compile(r"/(fibers|engine)/(src|include/telar)/|/include/telar/")  # files whose functions are the library's


def calls_of_selected():
    """The calls of the fiber that is selected, the innermost first, as (frame's level, function, file, line): those of
    the program and of what it calls. Those of the library in which it waits are left out, if it can be told by them."""
    frame, found = first_frame(), []
    while frame is not None and frame.is_valid() and len(found) < 1000:
        name, place = shown(frame.name()), frame.find_sal()
        if name == "tl__bottom":
            break
        file = place.symtab.filename if place.symtab is not None else None
        found.append((frame.level(), name or "0x%x" % frame.pc(), file, place.line if file else 0))
        frame = frame.older()
    is_described = any(file for _, _, file, _ in found)  # then what has no file is not the program's
    for at, (_, name, file, _) in enumerate(found):
        if not name.startswith("tl_") and (LIBRARY.search(file) is None if file else not is_described):
            return found[at:]
    return found


def calls(fiber):
    if fiber.frame is None:
        return []
    with Kept():
        selection.show(fiber)
        return calls_of_selected()


def place_text(file, line):
    return "%s:%d" % (os.path.basename(file), line) if file else "?"


def where(fiber):
    """The innermost function that is not the library's, or why there is none."""
    if fiber.thread is not None:
        return "on thread %d" % fiber.thread
    if fiber.is_copied:
        pc = fiber.copied_pc
        block = gdb.execute("info symbol 0x%x" % pc, to_string=True).split()[0] if pc else "?"
        return "%s, frames off the stack" % shown(block)
    for _, name, file, line in calls(fiber):
        return name + (" (%s)" % place_text(file, line) if file else "")
    return ""


def describe(fiber):
    return '"%s"' % fiber.title + ("" if fiber.title == fiber.function else " " + fiber.function) + \
        " (%s)" % place_text(*fiber.place)


def line_of(fiber):
    mark = "*" if selection.fiber is not None and selection.fiber.address == fiber.address else " "
    state = " ".join([fiber.status] + fiber.flags)
    return "%s %-6d %-18s %s  %s" % (mark, fiber.number, state, describe(fiber), where(fiber))


def arguments(text, options):
    """Splits a command's words into its options, each with a value, and the rest, which must be empty. Expressions are
    compiled, and an unknown state is refused."""
    words, values = gdb.string_to_argv(text), {}
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            if word not in options or not words:
                raise gdb.GdbError("Unknown option or no value: %s. There are %s." % (word, ", ".join(options)))
            values[word] = words.pop(0)
        else:
            raise gdb.GdbError("What is %s? Options are %s; a value with spaces needs quotes." % (word, ", ".join(options)))
    for option in {"-name", "-at", "-wait"} & set(values):
        values[option] = expression(values[option])
    if values.get("-state", STATES[0]) not in STATES:
        raise gdb.GdbError("States are %s." % ", ".join(STATES))
    return values


def words_of(text):
    """A name, with or without quotes."""
    return " ".join(gdb.string_to_argv(text))


def find_fiber(program, words):
    """The one fiber that a number or name means."""
    if re.fullmatch(r"\d+", words):
        for fiber in program.fibers():
            if fiber.number == int(words):
                return fiber
        raise gdb.GdbError("No fiber has the number %s; `info fibers` lists them." % words)
    found = [fiber for fiber in program.fibers() if fiber.title == words]
    if len(found) != 1:
        raise gdb.GdbError("No fiber is called %s; `info fibers` lists them." % words if not found else
                           "%d fibers are called %s: give a number, as of `info fibers -name \"^%s$\"`." % (len(found), words, words))
    return found[0]


class InfoFibers(gdb.Command):
    """List fibers: number, state, name, entry function, and the function that waits.
info fibers [-name REGEXP] [-state STATE] [-at REGEXP] [-limit N]
STATE is ready, suspended, waiting (it has resumed another one), running, done, or dense, cancelled, unwinding. -at looks
at the functions that a fiber is in, which takes about a millisecond a fiber. 200 are listed unless -limit says otherwise.
A name or expression with spaces needs quotes."""

    def __init__(self):
        super().__init__("info fibers", gdb.COMMAND_STATUS)

    def invoke(self, text, _):
        options = arguments(text, ("-name", "-state", "-at", "-limit"))
        program, limit = session.read(), limit_of(options, LIMIT)
        with Kept():
            self.list(program, options, limit)

    def list(self, program, options, limit):
        count = listed = 0
        for fiber in program.fibers():
            if listed == limit and "-at" in options:  # to count the others could take minutes
                print("and perhaps more")
                return
            if not self.matches(fiber, options):
                continue
            count += 1
            if listed < limit:
                listed += 1
                print(line_of(fiber))
        if count > listed:
            print("and %s more" % format(count - listed, ","))
        if count == 0:
            print("No fibers." if not options else "No fiber matches.")

    @staticmethod
    def matches(fiber, options):
        if "-state" in options and options["-state"] not in [fiber.status] + fiber.flags:
            return False
        if "-name" in options and not options["-name"].search(fiber.title):
            return False
        return "-at" not in options or any(options["-at"].search(name) for _, name, _, _ in calls(fiber))


class FiberCommand(gdb.Command):
    """Select a fiber, so that backtrace, up, down, info locals and print show its calls.
fiber NUMBER|NAME: selects a suspended or waiting fiber; of a running one, its thread.
fiber off: shows the thread's own calls again, as running the program on does.
fiber: says which one is selected."""

    def __init__(self):
        super().__init__("fiber", gdb.COMMAND_STACK, prefix=True)

    def invoke(self, text, _):
        program = session.read()
        if text == "":
            fiber = selection.fiber
            print("No fiber is selected." if fiber is None else "Fiber %d, %s" % (fiber.number, describe(fiber)))
            return
        if text == "off":
            selection.select(None)
            gdb.newest_frame().select()
            return
        show(find_fiber(program, words_of(text)))


def why_no_calls(fiber):
    if fiber.is_copied:
        return "its frames are off the stack that it shares (telar-core.py --fiber shows them)"
    if fiber.thread is not None:
        return "it runs, on thread %d" % fiber.thread
    return "it is " + {"ready": "ready, and has not begun", "done": "done"}.get(fiber.status, fiber.status)


def show(fiber):
    selection.select(None)
    if fiber.thread is not None:
        for thread in gdb.selected_inferior().threads():
            if fiber.thread in thread.ptid[1:]:
                thread.switch()
        print("Fiber %d, %s, runs on thread %d, which is selected now." % (fiber.number, describe(fiber), fiber.thread))
        return
    if fiber.frame is None:
        raise gdb.GdbError("Fiber %d, %s, has no calls to show: %s." % (fiber.number, describe(fiber), why_no_calls(fiber)))
    selection.select(fiber)
    print("Fiber %d, %s, %s" % (fiber.number, describe(fiber), fiber.status))
    frame, calls_shown = first_frame(), calls_of_selected()
    while calls_shown and frame.level() < calls_shown[0][0]:
        frame = frame.older()
    frame.select()
    print(gdb.execute("frame", to_string=True), end="")


class FiberApply(gdb.Command):
    """Run a command with each of several fibers selected.
fiber apply NUMBER...|all|REGEXP COMMAND: numbers may be ranges, such as 3-5; the expression is one for names, in quotes
if it has spaces. Of the fibers that it or `all` means, those without calls are passed over."""

    def __init__(self):
        super().__init__("fiber apply", gdb.COMMAND_STACK)

    def invoke(self, text, _):
        found = re.match(r"((?:\d+(?:-\d+)?[\s,]+)+|\"[^\"]*\"\s+|'[^']*'\s+|\S+\s+)(\S.*)", text)
        if not found:
            raise gdb.GdbError("Give fibers and a command: fiber apply all backtrace")
        which, command = found.group(1).strip(), found.group(2)
        fibers = list(session.read().fibers())
        if which[0].isdigit():
            chosen = self.numbered(fibers, which)
        else:
            named = expression("" if which == "all" else which.strip("\"'"))
            chosen = [fiber for fiber in fibers if named.search(fiber.title) and fiber.frame is not None]
        if not chosen:
            raise gdb.GdbError("No fiber that has calls is called %s; `info fibers` lists all." % which)
        runs = session.runs
        for fiber in chosen:
            session.read()  # again, if the command has written to memory
            self.apply(session.same_fiber(fiber) or fiber, command)
            if session.runs != runs:
                raise gdb.GdbError("The program has run on: other fibers are left out.")
        selection.publish()

    @staticmethod
    def numbered(fibers, which):
        by_number, chosen = {fiber.number: fiber for fiber in fibers}, []
        for low, high in re.findall(r"(\d+)(?:-(\d+))?", which):
            chosen += range(int(low), min(int(high or low), max(by_number, default=0)) + 1) or [int(low)]
        for number in chosen:
            if number not in by_number:
                raise gdb.GdbError("No fiber has the number %d; `info fibers` lists them." % number)
        return [by_number[number] for number in chosen]

    @staticmethod
    def apply(fiber, command):
        print("\nFiber %d, %s, %s" % (fiber.number, describe(fiber), fiber.status))
        if fiber.frame is None:
            print("has no calls to show: %s" % why_no_calls(fiber))
            return
        with Kept():
            selection.select(fiber)
            first_frame().select()
            try:
                gdb.execute(command)
            except gdb.error as error:
                raise gdb.GdbError(str(error))


class FiberStacks(gdb.Command):
    """Show the calls of all suspended and waiting fibers, equal ones once, with a count.
fiber stacks [-limit N]: looks at N fibers at most, 10,000 by default (5 seconds)."""

    def __init__(self):
        super().__init__("fiber stacks", gdb.COMMAND_STACK)

    def invoke(self, text, _):
        limit, stacks = limit_of(arguments(text, ("-limit",)), 10000), {}
        fibers = [fiber for fiber in session.read().fibers() if fiber.frame is not None]
        with Kept():
            for fiber in fibers[:limit]:
                selection.show(fiber)
                stack = tuple((name, file, line) for _, name, file, line in calls_of_selected())
                stacks.setdefault(stack, []).append(fiber)
        for stack, alike in sorted(stacks.items(), key=lambda item: -len(item[1])):
            names = sorted({fiber.title for fiber in alike})
            print("%d %s: %s" % (len(alike), "fiber" if len(alike) == 1 else "fibers",
                                 ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")))
            for name, file, line in stack:
                print("    %s%s" % (name, " at %s" % place_text(file, line) if file else ""))
        passed = len(fibers) - min(limit, len(fibers))
        if passed:
            print("and %s more fibers" % format(passed, ","))


class FiberChain(gdb.Command):
    """Show who resumed whom, the innermost first.
fiber chain [NUMBER|NAME]: of the thread that runs the fiber or on which it waits; without one, of the selected thread."""

    def __init__(self):
        super().__init__("fiber chain", gdb.COMMAND_STACK)

    def invoke(self, text, _):
        program = session.read()
        fiber = find_fiber(program, words_of(text)) if text else None
        wanted = fiber.address if text else None
        ptid = gdb.selected_thread().ptid
        for thread, chain in program.chains.items():
            if wanted in chain if wanted is not None else thread in ptid[1:]:
                self.print_chain(program, thread, chain)
                return
        print("Fiber %d, %s, is %s: nothing has resumed it." % (fiber.number, describe(fiber), fiber.status)
              if text else "This thread runs no fiber.")

    @staticmethod
    def print_chain(program, thread, chain):
        fibers = {fiber.address: fiber for fiber in program.fibers()}
        for address in chain:
            if address in fibers:
                fiber = fibers[address]
                print("fiber %d, %s, %s%s" % (fiber.number, describe(fiber), fiber.status,
                                              "" if fiber.thread is not None else ", in " + where(fiber)))
        print("thread %d" % thread)


class InfoScripts(gdb.Command):
    """List scripts as a tree: what each waits for, since when, and where it was spawned.
info scripts [-name REGEXP] [-wait REGEXP] [-limit N]"""

    def __init__(self):
        super().__init__("info scripts", gdb.COMMAND_STATUS)

    def invoke(self, text, _):
        options = arguments(text, ("-name", "-wait", "-limit"))
        program, limit = session.read(), limit_of(options, LIMIT)
        numbers = {fiber.address: fiber for fiber in program.fibers()}
        for world in telar_layout.worlds(program):
            scripts = world.scripts()
            print("World %d, step %d: %s %s" % (world.id & 0xfffff, world.steps, format(len(scripts), ","), "script" if len(scripts) == 1 else "scripts"))
            if options.keys() & {"-name", "-wait"}:
                scripts = [script for script in scripts if self.matches(script, options)]
                lines = [(0, script) for script in scripts]
            else:
                lines = self.tree(scripts)
            for depth, script in lines[:limit]:
                print("  " * (depth + 1) + script_line(script, numbers))
            if len(lines) > limit:
                print("and %s more" % format(len(lines) - limit, ","))
        if not telar_layout.worlds(program):
            print("No worlds.")

    @staticmethod
    def matches(script, options):
        everything = re.compile("")
        return options.get("-name", everything).search(script.name or "") and \
            options.get("-wait", everything).search("%s %s" % (script.wait, script.wait_name or ""))

    @staticmethod
    def tree(scripts):
        children, found = {}, []
        known = {script.address for script in scripts}
        for script in scripts:
            children.setdefault(script.parent if script.parent in known else 0, []).append(script)
        pending = [(0, script) for script in reversed(children.get(0, []))]
        while pending:
            depth, script = pending.pop()
            found.append((depth, script))
            pending += [(depth + 1, child) for child in reversed(children.get(script.address, []))]
        return found


def script_line(script, fibers):
    fiber = fibers.get(script.fiber)
    number = "fiber %d" % fiber.number if fiber is not None else "?"
    if script.waited is None:
        state = "runs" if fiber is not None and fiber.status in ("running", "waiting") else "ready"
    else:
        state = script.wait + (' "%s"' % script.wait_name if script.wait_name else "") + ", %.2f s" % script.waited
    spawned = ", spawned at " + place_text(*script.spawned) if script.spawned and script.spawned[0] else ""
    return 'script %s "%s" (%s) [%s]%s, age %.2f s%s' % (script.id, script.name, number, state,
                                                       ", cancelled" if script.cancelled else "", script.age, spawned)


class InfoJobs(gdb.Command):
    """List job systems: workers with what they run and how much is queued, jobs that wait and for what, threads that wait."""

    def __init__(self):
        super().__init__("info jobs", gdb.COMMAND_STATUS)

    def invoke(self, text, _):
        program = session.read()
        fibers = {fiber.address: fiber for fiber in program.fibers()}
        systems = telar_layout.job_systems(program)
        for number_of, jobs in enumerate(systems, 1):
            print("Job system %d: %d workers, %d queued for any%s" % (number_of, len(jobs.workers), jobs.shared,
                  "; made before a fork: its threads are not in this process" if jobs.is_forked else ""))
            for worker in jobs.workers:
                print("  " + self.worker_line(worker))
            for worker in jobs.workers:
                for address, job, wait in worker.waiting():
                    fiber = fibers.get(address)
                    print("  job %s (%s) waits for %s" % (job[0] if job else "?", "fiber %d" % fiber.number if fiber else "?", self.wait_text(wait)))
            for entry, wait in jobs.postponed():
                print("  job %s begins after %s" % (entry[0], self.wait_text(wait)))
        for address, wait in telar_layout.blocked_threads(program):
            fiber = fibers.get(address)
            print("%s waits for %s" % ("a thread" if fiber is None else "fiber %d, \"%s\", %s," % (
                fiber.number, fiber.title, where(fiber)), self.wait_text(wait)))
        if not systems:
            print("No job systems.")

    @staticmethod
    def worker_line(worker):
        state = "runs %s (%s)" % (worker.job[0], place_text(*worker.job[1:])) if worker.job else "sleeps" if worker.asleep else \
            "no thread" if worker.kind == "external" and not worker.taken else "looks for work"
        return "worker %d, %s%s: %s; %d queued, %d stolen, %d suspended" % (
            worker.index, worker.kind, ' "%s"' % worker.name if worker.name else "", state, worker.queued, worker.stolen, worker.suspensions)

    @staticmethod
    def wait_text(wait):
        name = ' "%s"' % wait.name if wait.name else " at 0x%x" % wait.subject
        return (wait.kind or "something") + name + (", which counts %d" % wait.count if wait.count is not None else "")


for command in (InfoFibers, FiberCommand, FiberApply, FiberStacks, FiberChain, InfoScripts, InfoJobs):
    command()
