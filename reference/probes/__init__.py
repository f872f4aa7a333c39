"""Probes: small calls of the students' functions, asked only to say what is wrong with them.

A probe is no hidden test and may be shown. Its sizes can be checked by hand, its numbers have no
ties, and it is here because some two misconceptions answer it differently: ``make docs`` writes
which. Each module beside this one is called like its exercise and holds ``FUNCTIONS``, from the
name of a function to its probes. A probe is an expression as a person would type it; it is
evaluated with the names of its module and, under its own name, the student's function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A constant of a module of probes that the student's own class makes, in the student's process."""

    class_name: str
    """A class that a given cell defines."""
    values: tuple[Any, ...]

    def of(self, names: Mapping[str, Any]) -> Any:
        """Make it by the class that goes by this name there."""
        return names[self.class_name](*self.values)


@dataclass(frozen=True)
class Probes:
    """What one function is asked, smallest first."""

    text: list[str]
    """Calls at the sizes that the notebook's text and public tests use."""
    values: list[str]
    """Calls at other sizes."""
    refusals: list[str] = field(default_factory=list)
    """Calls with an argument out of range: each should raise ValueError."""
    needs: tuple[str, ...] = ()
    """Functions that this one may call: it is judged only when they are right."""
    tolerance: float = 1e-4
    """Numbers this close, relative to their size, are one answer."""
    floor: float = 1e-6
    """And so are numbers this close, whatever their size: what rounding leaves of a zero."""
