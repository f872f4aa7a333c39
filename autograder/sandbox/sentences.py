"""The plain sentences that students and instructors read about what went wrong."""

from __future__ import annotations

import signal

from autograder.cells import SectionCell
from autograder.model import Event, EventKind
from autograder.text import printable, shorten
from autograder.versions import python_version

from .limits import MIB, Limits
from .session import ChildCrashed, ChildDied, ChildTimedOut, ChildViolation, ran_out_of_memory

_NOTES = {
    "input": "called input(); nobody can answer while grading.",
    "command": "ran a shell command such as !pip; commands are not run while grading.",
    "network": "tried to use the network; there is none while grading.",
    "process": "tried to start another process; that is not possible while grading.",
}


def where(cell: SectionCell) -> str:
    """How to call a cell in a sentence."""
    return f"Cell {cell.number}" if cell.number else "A given cell"


def cell_error(
    cell: SectionCell, exercise: str, names: list[str], text: str, limits: Limits
) -> Event:
    """An exception that a cell raised."""
    number = cell.number or None
    if ran_out_of_memory(names, text):
        return Event(
            kind=EventKind.MEMORY,
            sentence=f"{where(cell)} {_memory(limits)}",
            exercise=exercise,
            cell=number,
        )
    if "SystemExit" in names:
        call = "exit()" if "ExitCalled" in names else "sys.exit()"
        sentence = f"{where(cell)} called {call}; the cells after it were run all the same."
        return Event(kind=EventKind.ERROR, sentence=sentence, exercise=exercise, cell=number)
    sentence = f"{where(cell)} raised {one_line(names[0])}" + (
        f": {one_line(text)}" if text else ""
    )
    if "SyntaxError" in names:
        sentence += f" (graded with Python {python_version()})"
    return Event(kind=EventKind.ERROR, sentence=sentence, exercise=exercise, cell=number)


def remark(kind: str, subject: str, exercise: str, limits: Limits) -> Event:
    """A call that ran out of memory or wanted to end the program."""
    if kind == "memory":
        return Event(
            kind=EventKind.MEMORY, sentence=f"{subject} {_memory(limits)}", exercise=exercise
        )
    return Event(
        kind=EventKind.ERROR,
        sentence=f"{subject} called sys.exit(); that counts as an error.",
        exercise=exercise,
    )


def _memory(limits: Limits) -> str:
    return f"needed more memory than the {limits.memory_bytes // MIB:,} MiB allowed."


def one_line(text: str) -> str:
    """The first line of a message, printable characters only, short."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return shorten(printable(line), 200)


def note(kind: str, subject: str, exercise: str, cell: int | None, limits: Limits) -> Event:
    """Something the student's code tried."""
    if kind == "output":
        size = limits.output_bytes // 1024
        sentence = f"{subject} printed more than {size:,} KiB; the rest was dropped."
        return Event(kind=EventKind.OUTPUT, sentence=sentence, exercise=exercise, cell=cell)
    return Event(
        kind=EventKind.REFUSED, sentence=f"{subject} {_NOTES[kind]}", exercise=exercise, cell=cell
    )


def death(error: ChildDied, subject: str, exercise: str, cell: int | None = None) -> Event:
    """The end of a child while it ran ``subject``."""
    if isinstance(error, ChildTimedOut):
        sentence = f"{subject} did not finish within {error.seconds:.3g} s and was stopped."
        return Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise=exercise, cell=cell)
    if isinstance(error, ChildViolation):
        sentence = f"{subject} sent something that is not an answer; its process was ended."
        return Event(kind=EventKind.VIOLATION, sentence=sentence, exercise=exercise, cell=cell)
    status = error.status if isinstance(error, ChildCrashed) else None
    return Event(
        kind=EventKind.CRASH, sentence=f"{subject} {_ending(status)}", exercise=exercise, cell=cell
    )


def _ending(status: int | None) -> str:
    if status is None:
        return "ended its process."
    if status < 0:
        known = {int(number): number.name for number in signal.Signals}
        return f"crashed its process ({known.get(-status, f'signal {-status}')})."
    if status == 6:
        return "crashed its process (SIGABRT)."
    return f"ended its process (exit status {status})."
