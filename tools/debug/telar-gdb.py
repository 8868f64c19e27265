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
import gdb.unwinder

sys.path.insert(0, os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename)))  # gdb sets __file__ for the first script only
import telar_layout  # noqa: E402

LIMIT = 200  # of what is listed unless -limit says otherwise
REGISTERS = {"i386:x86-64": ("rsp", "rip"), "aarch64": ("sp", "pc")}


def number(text):
    return int(text, 0)


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def find_table():
    """The address of the program's table: by its symbol, or in a stripped program by its section."""
    try:
        return int(gdb.parse_and_eval("(unsigned long) &tl__debug_table"))
    except gdb.error:
        pass
    for line in gdb.execute("info files", to_string=True).splitlines():
        found = re.match(r"\s*0x([0-9a-f]+) - 0x[0-9a-f]+ is (?:telar_debug|\.telar)\b", line)
        if found:
            return int(found.group(1), 16)
    raise gdb.GdbError("This program does not use Telar: it has no tl__debug_table.")


def stopped_threads():
    """Where each thread of the program stands. Leaves the selection of thread and frame as it was."""
    selected, found = gdb.selected_thread(), []
    if selected is None:
        raise gdb.GdbError("The program does not run: start it, attach to it, or open its core.")
    frame = gdb.selected_frame()
    selection.ignored = True
    try:
        for thread in gdb.selected_inferior().threads():
            if thread.ptid[1] >= telar_layout.FIRST_FIBER_THREAD:
                continue
            thread.switch()
            newest = gdb.newest_frame()
            sp, _ = REGISTERS[newest.architecture().name()]
            found.append(telar_layout.Thread(thread.ptid[1] or thread.ptid[2], int(newest.read_register(sp)) & 2**64 - 1, newest.pc()))
    finally:
        selection.ignored = False
        selected.switch()
        frame.select()
    return found


class Session:
    """The program as it is between two stops, read once."""

    def __init__(self):
        self.program = None
        for event in (gdb.events.cont, gdb.events.exited, gdb.events.new_objfile, gdb.events.inferior_call,
                      gdb.events.memory_changed, gdb.events.register_changed):
            event.connect(self.forget)

    def forget(self, _):
        self.program = None

    def read(self):
        if self.program is None:
            selection.select(None)
            try:
                self.program = telar_layout.Program(read, find_table(), stopped_threads())
            except telar_layout.Unreadable as error:
                raise gdb.GdbError(str(error))
            self.name_threads()
        return self.program

    def name_threads(self):
        """Names the threads that telar-core.py made of fibers."""
        threads = {thread.ptid[1]: thread for thread in gdb.selected_inferior().threads()}
        if not threads or max(threads) < telar_layout.FIRST_FIBER_THREAD:
            return
        for fiber in self.program.fibers():
            thread = threads.get(telar_layout.FIRST_FIBER_THREAD + fiber.number)
            if thread is not None:
                thread.name = fiber.title


class FrameId:
    # A stack pointer of 0 is below all others, so gdb takes no fiber's stack for one that was left (gdb/frame.c).
    sp, pc = gdb.Value(0), gdb.Value(0)


class Selection(gdb.unwinder.Unwinder):
    """The fiber whose calls gdb shows in place of those of the thread that was selected at that time."""

    def __init__(self):
        super().__init__("telar")
        self.fiber = self.frame = self.thread = None
        self.ignored = False

    def show(self, fiber):
        self.fiber = fiber
        self.frame = fiber.frame if fiber is not None else None
        self.thread = gdb.selected_thread().ptid if self.frame is not None else None
        gdb.invalidate_cached_frames()

    def select(self, fiber):
        self.show(fiber)
        gdb.set_convenience_variable("_fiber", fiber.number if fiber is not None else None)
        gdb.set_convenience_variable("_fiber_sp", self.frame.stack_pointer if self.frame is not None else None)
        gdb.set_convenience_variable("_fiber_pc", self.frame.pc if self.frame is not None else None)

    def is_shown(self):
        thread = gdb.selected_thread()
        return self.frame is not None and not self.ignored and thread is not None and thread.ptid == self.thread

    def __call__(self, pending):
        if pending.level() != 0 or not self.is_shown():
            return None
        unwound, word = pending.create_unwind_info(FrameId), gdb.lookup_type("unsigned long")
        for name, value in self.frame.registers.items():
            if not name.startswith("d"):  # a vector's half, which no walk needs
                unwound.add_saved_register(name, gdb.Value(value).cast(word))
        return unwound


class Bottom(gdb.FrameDecorator.FrameDecorator):
    """A fiber's bottom frame, which gdb shows as that of a signal's handler (switch_x86_64_sysv.S says why)."""

    def function(self):
        return "tl__bottom"


class OfFibers:
    """Leaves out of a backtrace the thread's own frame, above those of the selected fiber, and what lies below the bottom
    of a fiber without a resumer."""

    def __init__(self):
        self.name, self.priority, self.enabled = "telar", 100, True
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        for decorated in frames:
            frame = decorated.inferior_frame()
            if frame.level() == 0 and selection.is_shown():
                continue
            if shown(frame.name()) == "tl__no_resumer":
                return
            yield Bottom(decorated) if shown(frame.name()) == "tl__bottom" else decorated


def forget_selection(_):
    if selection.frame is not None:
        selection.fiber = selection.frame = selection.thread = None
        gdb.set_convenience_variable("_fiber", None)


selection = Selection()
session = Session()
gdb.unwinder.register_unwinder(None, selection, replace=True)
OfFibers()
for stop_showing in (gdb.events.cont, gdb.events.exited, gdb.events.new_objfile):
    stop_showing.connect(forget_selection)



class OnThreadsOnly(gdb.Command):
    """Refuse a command while a suspended fiber is selected: for hooks of commands that would run or change a thread."""

    def __init__(self):
        super().__init__("telar-on-threads-only", gdb.COMMAND_OBSCURE)

    def invoke(self, text, _):
        if selection.is_shown():
            raise gdb.GdbError("`%s` works on threads, and a suspended fiber is selected: `fiber off` first." % text)


# From a suspended fiber's calls there is no way back to any thread's, so `finish` would run to the program's end.
OnThreadsOnly()
for thread_command in ("finish", "return", "until", "advance"):
    gdb.execute("define hook-%s\ntelar-on-threads-only %s\nend" % (thread_command, thread_command))


# What is printed.

LIBRARY = re.compile(r"/(fibers|engine)/(src|include/telar)/|/include/telar/")  # files whose functions are the library's


def shown(name):
    """A function's name as it is in the source: gdb takes two underscores for Ada's, and shows a dot."""
    return name.replace("tl.", "tl__") if name and name.startswith("tl.") else name


def calls_of_selected():
    """The calls of the fiber that is selected, the innermost first, as (frame's level, function, file, line): those of
    the program and of what it calls. Those of the library in which it waits are left out, if it can be told by them."""
    frame, found = gdb.newest_frame().older(), []
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


class Kept:
    """Restores the selection of fiber, thread and frame when a block is left."""

    def __enter__(self):
        self.fiber, self.thread, self.level = selection.fiber, gdb.selected_thread(), gdb.selected_frame().level()

    def __exit__(self, *_):
        selection.show(None)
        self.thread.switch()
        selection.show(self.fiber)
        frame = gdb.newest_frame()
        while frame.level() < self.level and frame.older() is not None:
            frame = frame.older()
        frame.select()


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
    """Splits a command's words into its options, each with a value, and the rest."""
    words, values, rest = gdb.string_to_argv(text), {}, []
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            if word not in options or not words:
                raise gdb.GdbError("Unknown option or no value: %s. There are %s." % (word, ", ".join(options)))
            values[word] = words.pop(0)
        else:
            rest.append(word)
    return values, rest


def find_fiber(program, words):
    """The one fiber that a number or name means."""
    if re.fullmatch(r"\d+", words):
        for fiber in program.fibers():
            if fiber.number == int(words):
                return fiber
        raise gdb.GdbError("No fiber has the number %s; `info fibers` lists them." % words)
    found = [fiber for fiber in program.fibers() if fiber.title == words]
    if len(found) != 1:
        raise gdb.GdbError("No fiber is called %s." % words if not found else "%d fibers are called %s: give a number, as of `info fibers -name %s`." % (len(found), words, words))
    return found[0]


class InfoFibers(gdb.Command):
    """List fibers: number, state, name, entry function, and the function that waits.
info fibers [-name REGEXP] [-state STATE] [-at REGEXP] [-limit N]
STATE is ready, suspended, waiting, running, done, or dense, cancelled, unwinding. -at looks at the functions that a
fiber is in, so it takes a third of a millisecond a fiber. 200 are listed unless -limit says otherwise."""

    def __init__(self):
        super().__init__("info fibers", gdb.COMMAND_STATUS)

    def invoke(self, text, _):
        options, rest = arguments(text, ("-name", "-state", "-at", "-limit"))
        if rest:
            raise gdb.GdbError("What is %s? Options are -name, -state, -at and -limit." % rest[0])
        program, limit = session.read(), int(options.get("-limit", LIMIT))
        count = listed = 0
        for fiber in program.fibers():
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
        if "-name" in options and not re.search(options["-name"], fiber.title):
            return False
        return "-at" not in options or any(re.search(options["-at"], name) for _, name, _, _ in calls(fiber))


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
        show(find_fiber(program, gdb.string_to_argv(text)[0]))


def show(fiber):
    selection.select(None)
    if fiber.thread is not None:
        for thread in gdb.selected_inferior().threads():
            if fiber.thread in thread.ptid[1:]:
                thread.switch()
        print("Fiber %d, %s, runs on this thread." % (fiber.number, describe(fiber)))
        return
    if fiber.frame is None:
        why = "its frames are off the stack that it shares (tl_dump and telar-core.py show them)" if fiber.is_copied else \
            "it is " + {"ready": "ready, and has not begun", "done": "done"}.get(fiber.status, fiber.status)
        raise gdb.GdbError("Fiber %d, %s, has no calls to show: %s." % (fiber.number, describe(fiber), why))
    selection.select(fiber)
    print("Fiber %d, %s, %s" % (fiber.number, describe(fiber), fiber.status))
    level, frame = (calls_of_selected() or [(1,)])[0][0], gdb.newest_frame()
    while frame.level() < level:
        frame = frame.older()
    frame.select()
    print(gdb.execute("frame", to_string=True), end="")


class FiberApply(gdb.Command):
    """Run a command with each of several fibers selected.
fiber apply NUMBER...|all|REGEXP COMMAND: the expression is one for names. Fibers without calls are passed over."""

    def __init__(self):
        super().__init__("fiber apply", gdb.COMMAND_STACK)

    def invoke(self, text, _):
        found = re.match(r"((?:\d+\s+)+|\S+\s+)(\S.*)", text)
        if not found:
            raise gdb.GdbError("Give fibers and a command: fiber apply all backtrace")
        which, command = found.group(1).split(), found.group(2)
        numbers = {int(word) for word in which} if which[0].isdigit() else None
        for fiber in list(session.read().fibers()):
            is_meant = fiber.number in numbers if numbers is not None else which[0] == "all" or re.search(which[0], fiber.title)
            if is_meant and fiber.frame is not None:
                print("\nFiber %d, %s, %s" % (fiber.number, describe(fiber), fiber.status))
                with Kept():
                    selection.select(fiber)
                    gdb.newest_frame().older().select()
                    gdb.execute(command)
        selection.select(selection.fiber)


class FiberStacks(gdb.Command):
    """Show the calls of all suspended and waiting fibers, equal ones once, with a count.
fiber stacks [-limit N]: looks at N fibers at most, 10,000 by default (5 seconds)."""

    def __init__(self):
        super().__init__("fiber stacks", gdb.COMMAND_STACK)

    def invoke(self, text, _):
        options, _ = arguments(text, ("-limit",))
        limit, stacks = int(options.get("-limit", 10000)), {}
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
        wanted = find_fiber(program, gdb.string_to_argv(text)[0]).address if text else None
        ptid = gdb.selected_thread().ptid
        for thread, chain in program.chains.items():
            if wanted in chain if wanted is not None else thread in ptid[1:]:
                self.print_chain(program, thread, chain)
                return
        print("That fiber neither runs nor waits." if text else "This thread runs no fiber.")

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
        options, _ = arguments(text, ("-name", "-wait", "-limit"))
        program, limit = session.read(), int(options.get("-limit", LIMIT))
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
        return re.search(options.get("-name", ""), script.name or "") and \
            re.search(options.get("-wait", ""), "%s %s" % (script.wait, script.wait_name or ""))

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
        for worker, wait in telar_layout.blocked_threads(program):
            print("a thread waits for %s" % self.wait_text(wait))
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
