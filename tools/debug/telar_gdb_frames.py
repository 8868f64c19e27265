# SPDX-License-Identifier: MIT
"""For telar-gdb.py: the program as it is between two stops, and the fiber whose calls gdb shows in place of a thread's.

Nothing of the program is written: an unwinder tells gdb what lies below the thread's innermost function.
"""
import re

import gdb
import gdb.unwinder

import telar_layout

REGISTERS = {"i386:x86-64": ("rsp", "rip"), "aarch64": ("sp", "pc")}


def read(address, size):
    try:
        return gdb.selected_inferior().read_memory(address, size).tobytes()
    except gdb.MemoryError:
        raise gdb.GdbError("The program's memory at 0x%x cannot be read; a core may be cut off, or of another program." % address)


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
        self.program = self.process = None
        self.runs = 0  # how often the program has run on
        for event in (gdb.events.inferior_call, gdb.events.memory_changed, gdb.events.register_changed):
            event.connect(self.forget)
        for event in (gdb.events.cont, gdb.events.exited, gdb.events.new_objfile):
            event.connect(self.run_on)

    def forget(self, _):
        self.program = None

    def run_on(self, _):
        self.program = None
        self.runs += 1

    def read(self):
        process = (gdb.selected_inferior().num, gdb.selected_inferior().pid)
        if self.program is None or self.process != process:
            kept = selection.fiber if selection.is_shown() else None
            level = gdb.selected_frame().level() if kept is not None else 0
            selection.select(None)
            try:
                self.program = telar_layout.Program(read, find_table(), stopped_threads())
            except telar_layout.Unreadable as error:
                raise gdb.GdbError(str(error))
            self.process = process
            self.name_threads()
            if kept is not None:  # the user has written to memory
                selection.select(self.same_fiber(kept))
                select_level(level)
        return self.program

    def same_fiber(self, before):
        """The fiber as it is now; None if it has no calls any more."""
        return next((fiber for fiber in self.program.fibers() if fiber.address == before.address and fiber.frame is not None), None)

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
        self.fiber = self.frame = self.thread = self.stands = None
        self.ignored = self.goes_past_main = False

    def show(self, fiber):
        thread = gdb.selected_thread()
        if fiber is None or fiber.frame is None:
            self.set(fiber, None, None, None)
        else:
            self.set(fiber, fiber.frame, thread.ptid, session.program.threads.get(thread.ptid[1] or thread.ptid[2]))

    def state(self):
        return self.fiber, self.frame, self.thread, self.stands

    def set(self, fiber, frame, thread, stands):
        if gdb.selected_thread() is not None:  # gdb gives up if it has yet to find a selected frame that is then gone
            gdb.selected_frame()
            gdb.newest_frame().select()
        self.fiber, self.frame, self.thread, self.stands = fiber, frame, thread, stands
        if frame is not None or Kept.depth == 0:
            self.go_past_main(frame is not None)
        gdb.invalidate_cached_frames()

    def select(self, fiber):
        self.show(fiber)
        self.publish()

    def publish(self):
        fiber = self.fiber
        gdb.set_convenience_variable("_fiber", fiber.number if fiber is not None else None)
        gdb.set_convenience_variable("_fiber_sp", self.frame.stack_pointer if self.frame is not None else None)
        gdb.set_convenience_variable("_fiber_pc", self.frame.pc if self.frame is not None else None)

    def go_past_main(self, is_needed):
        """Lets gdb read on below main, which it does not by itself: the thread's innermost function may be main."""
        if is_needed and not self.goes_past_main and not gdb.parameter("backtrace past-main"):
            gdb.execute("set backtrace past-main on")
            self.goes_past_main = True
        elif not is_needed and self.goes_past_main:
            gdb.execute("set backtrace past-main off")
            self.goes_past_main = False

    def is_shown(self):
        thread = gdb.selected_thread()
        return self.frame is not None and not self.ignored and thread is not None and thread.ptid == self.thread

    def __call__(self, pending):
        if not self.is_shown() or not self.is_threads_own(pending):
            return None
        unwound, word = pending.create_unwind_info(FrameId), gdb.lookup_type("unsigned long")
        for name, value in self.frame.registers.items():
            if not name.startswith("d"):  # a vector's half, which no walk needs
                unwound.add_saved_register(name, gdb.Value(value).cast(word))
        return unwound

    def is_threads_own(self, pending):
        """Whether a frame is that in which the thread stands. Its level is not 0 if functions are inlined there, and the
        frame of level 0 is another one while gdb calls a function."""
        if self.stands is None:  # the thread is itself one that telar-core.py made of a fiber
            return pending.level() == 0
        sp, pc = (int(pending.read_register(name)) & 2**64 - 1 for name in REGISTERS[pending.architecture().name()])
        return (sp, pc) == (self.stands.stack_pointer, self.stands.pc)


def shown(name):
    """A function's name as it is in the source: gdb takes two underscores for Ada's, and shows a dot."""
    return name.replace("tl.", "tl__") if name and name.startswith("tl.") else name


class Bottom(gdb.FrameDecorator.FrameDecorator):
    """A fiber's bottom frame, which gdb shows as that of a signal's handler (switch_x86_64_sysv.S says why)."""

    def function(self):
        return "tl__bottom"


class OfFibers:
    """Leaves out of a backtrace the thread's own frames, above those of the selected fiber, and what lies below main or
    below the bottom of a fiber without a resumer."""

    def __init__(self):
        self.name, self.priority, self.enabled = "telar", 100, True
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        first = first_frame().level()
        for decorated in frames:
            frame = decorated.inferior_frame()
            if frame.level() < first:
                continue
            if shown(frame.name()) == "tl__no_resumer":
                return
            yield Bottom(decorated) if shown(frame.name()) == "tl__bottom" else decorated
            if selection.goes_past_main and frame.name() == "main":
                return


def first_frame():
    """The innermost frame of the selected fiber, which follows those of the thread's innermost function and of what is
    inlined there; without a fiber, that of the thread."""
    frame = gdb.newest_frame()
    if not selection.is_shown():
        return frame
    while frame is not None and frame.type() == gdb.INLINE_FRAME:
        frame = frame.older()
    if frame is None or frame.older() is None:
        raise gdb.GdbError("gdb shows no frame of the fiber: see `show backtrace limit`.")
    return frame.older()


def select_level(level):
    frame = gdb.newest_frame()
    while frame.level() < level and frame.older() is not None:
        frame = frame.older()
    frame.select()


class Kept:
    """Restores the selection of fiber, thread and frame when a block is left, unless the program has run on meanwhile."""

    depth = 0  # of such blocks; gdb's setting about main is changed back at the end of the outermost one only

    def __enter__(self):
        self.state, self.runs = selection.state(), session.runs
        self.thread, self.level = gdb.selected_thread(), gdb.selected_frame().level()
        Kept.depth += 1

    def __exit__(self, *_):
        Kept.depth -= 1
        if session.runs != self.runs:
            return
        selection.show(None)
        self.thread.switch()
        selection.set(*self.state)
        select_level(self.level)


def forget_selection(_):
    if selection.frame is not None:
        selection.fiber = selection.frame = selection.thread = selection.stands = None
        selection.go_past_main(False)
        selection.publish()
        gdb.invalidate_cached_frames()


selection = Selection()
session = Session()
gdb.unwinder.register_unwinder(None, selection, replace=True)
OfFibers()
for stop_showing in (gdb.events.cont, gdb.events.exited, gdb.events.new_objfile, gdb.events.register_changed):
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


class EndSelection(gdb.Command):
    """End the selection of a fiber: for hooks of the commands that select a thread."""

    def __init__(self):
        super().__init__("telar-end-selection", gdb.COMMAND_OBSCURE)

    def invoke(self, text, _):
        if selection.is_shown():
            selection.select(None)
            gdb.newest_frame().select()


class StayInFiber(gdb.Command):
    """Select a fiber's first frame if one of the thread's was selected: for hooks of `frame` and `down`."""

    def __init__(self):
        super().__init__("telar-stay-in-fiber", gdb.COMMAND_OBSCURE)

    def invoke(self, text, _):
        if selection.is_shown() and gdb.selected_frame().level() < first_frame().level():
            first_frame().select()
            print("That is the thread's frame; fiber %d, which is selected, begins at frame %d." % (
                selection.fiber.number, first_frame().level()))


EndSelection()
StayInFiber()
for thread_command in ("hook-thread", "thread hook-apply", "thread apply hook-all"):
    gdb.execute("define %s\ntelar-end-selection\nend" % thread_command)
for frame_command in ("hookpost-frame", "frame hookpost-level", "frame hookpost-function", "hookpost-select-frame",
                      "hookpost-down"):
    gdb.execute("define %s\ntelar-stay-in-fiber\nend" % frame_command)
