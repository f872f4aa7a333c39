"""The plain sentences that students and instructors read about what went wrong."""

from __future__ import annotations

import signal

from autograder.cells import SectionCell
from autograder.model import Event, EventKind
from autograder.text import printable
from autograder.versions import python_version

from .limits import MIB, Limits
from .session import ChildCrashed, ChildDied, ChildTimedOut, ChildViolation

_NOTES = {
    "input": "called input(); nobody can answer while grading.",
    "command": "ran a shell command such as !pip; commands are not run while grading.",
    "network": "tried to use the network; there is none while grading.",
    "process": "tried to start another process; that is not possible while grading.",
}
_ALLOCATION = ("can't allocate memory", "not enough memory", "bad_alloc")


def where(cell: SectionCell) -> str:
    """How to call a cell in a sentence."""
    return f"Cell {cell.number}" if cell.number else "A given cell"


def cell_error(
    cell: SectionCell, exercise: str, names: list[str], text: str, limits: Limits
) -> Event:
    """An exception that a cell raised."""
    number = cell.number or None
    if ran_out_of_memory(names, text):
        return Event(EventKind.MEMORY, f"{where(cell)} {_memory(limits)}", exercise, number)
    if "SystemExit" in names:
        call = "exit()" if "ExitCalled" in names else "sys.exit()"
        sentence = f"{where(cell)} called {call}; the cells after it were run all the same."
        return Event(EventKind.ERROR, sentence, exercise, number)
    sentence = f"{where(cell)} raised {one_line(names[0])}" + (
        f": {one_line(text)}" if text else ""
    )
    if "SyntaxError" in names:
        sentence += f" (graded with Python {python_version()})"
    elif "ModuleNotFoundError" in names:
        sentence += " (while grading, the notebook is there and no other file of yours)"
    return Event(EventKind.ERROR, sentence, exercise, number)


def ran_out_of_memory(names: list[str], text: str) -> bool:
    """Whether an exception says that memory ran out."""
    return "MemoryError" in names or any(phrase in text for phrase in _ALLOCATION)


def remark(kind: str, subject: str, exercise: str, limits: Limits) -> Event:
    """A call that ran out of memory or wanted to end the program."""
    if kind == "memory":
        return Event(EventKind.MEMORY, f"{subject} {_memory(limits)}", exercise)
    return Event(
        EventKind.ERROR, f"{subject} called sys.exit(); that counts as an error.", exercise
    )


def _memory(limits: Limits) -> str:
    return f"needed more memory than the {limits.memory_bytes // MIB:,} MiB allowed."


def one_line(text: str) -> str:
    """The first line of a message, printable characters only, short."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    clean = printable(line)
    return clean if len(clean) <= 200 else clean[:199] + "…"


def note(kind: str, subject: str, exercise: str, cell: int | None, limits: Limits) -> Event:
    """Something the student's code tried."""
    if kind == "output":
        size = limits.output_bytes // 1024
        sentence = f"{subject} printed more than {size:,} KiB; the rest was dropped."
        return Event(EventKind.OUTPUT, sentence, exercise, cell)
    return Event(EventKind.REFUSED, f"{subject} {_NOTES[kind]}", exercise, cell)


def death(error: ChildDied, subject: str, exercise: str, cell: int | None = None) -> Event:
    """The end of a child while it ran ``subject``."""
    if isinstance(error, ChildTimedOut):
        sentence = f"{subject} did not finish within {error.seconds:.3g} s and was stopped."
        return Event(EventKind.TIMEOUT, sentence, exercise, cell)
    if isinstance(error, ChildViolation):
        sentence = f"{subject} sent something that is not an answer; its process was ended."
        return Event(EventKind.VIOLATION, sentence, exercise, cell)
    status = error.status if isinstance(error, ChildCrashed) else None
    return Event(EventKind.CRASH, f"{subject} {_ending(status)}", exercise, cell)


def _ending(status: int | None) -> str:
    if status is None:
        return "ended its process."
    if status < 0:
        known = {int(number): number.name for number in signal.Signals}
        return f"crashed its process ({known.get(-status, f'signal {-status}')})."
    if status == 6:
        return "crashed its process (SIGABRT)."
    return f"ended its process (exit status {status})."
