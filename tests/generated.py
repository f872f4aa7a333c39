"""The generated pages of docs/: ``python -m tests.generated`` names those that are out of date.

What is made in seconds is made again and compared. What takes minutes says in its first line which
sources it was made from, and only these are compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from autograder.course.lessons import all_exercises
from autograder.quality.sources import digest_of_exercises, stamp_of
from tests import hostile
from tests.facts.page import page as facts_page
from tests.reference import collapse_table

DOCS = Path(__file__).parents[1] / "docs"


def from_these_exercises(page: Path) -> bool:
    return stamp_of(page) == digest_of_exercises(all_exercises())


CURRENT: dict[str, Callable[[Path], bool]] = {
    "facts.md": lambda page: page.read_text(encoding="utf-8") == facts_page(),
    "security.md": lambda page: page.read_text() == hostile.with_table(page.read_text()),
    "collapse.md": lambda page: stamp_of(page) == collapse_table.sources(),
    "diagnosis.md": from_these_exercises,
    "misconceptions.md": from_these_exercises,
    "tests-of-the-tests.md": from_these_exercises,
    "tolerances.md": from_these_exercises,
}
"""What tells that a page is current."""


def out_of_date(folder: Path = DOCS) -> list[str]:
    """Names of the pages that `make docs` would change."""
    return [name for name, is_current in CURRENT.items() if not is_current(folder / name)]


if __name__ == "__main__":
    for name in (stale := out_of_date()):
        print(f"docs/{name} is not made from these sources; run: make docs", file=sys.stderr)
    sys.exit(1 if stale else 0)
