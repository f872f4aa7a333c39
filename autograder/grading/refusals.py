"""What stops a run before grading: it would lose submissions or mix two versions of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from autograder.errors import GradebookError
from autograder.gradebook.attempts import names_of
from autograder.gradebook.records import Policy
from autograder.gradebook.store import Gradebook
from autograder.intake import Submission

OnMissing = Literal["stop", "keep", "drop"]


def refuse_loss(
    book: Gradebook, submissions: Sequence[Submission], on_missing: OnMissing
) -> list[int]:
    """Refuse to go on where the same folder no longer holds students who were graded before.

    Returns:
        The attempts concerned, where somebody said what to do with them.

    Raises:
        GradebookError: there are such students, and nobody said what to do with them.
    """
    missing = book.missing(submissions)
    if missing and on_missing == "stop":
        raise GradebookError(
            f"{len(missing)} submissions graded before are not in the folder any more, or are "
            f"read as somebody else's: {names_of(missing)}. Nothing was changed. Give "
            "--missing keep to keep their points, or --missing drop to drop them."
        )
    return [one.id for one in missing]


def refuse_other_tests(
    book: Gradebook, digests: Mapping[str, str], policy: Policy, out: Path
) -> None:
    """Refuse to grade a few with new tests where the class was graded with others.

    Raises:
        GradebookError: naming the number concerned and two ways on.
    """
    concerned = book.of_other_tests(digests, policy)
    if concerned:
        lessons = ", ".join(f"{count} of {lesson}" for lesson, count in sorted(concerned.items()))
        raise GradebookError(
            f"The tests have changed since {lessons} were graded. Nothing was changed. Two ways "
            f"on: `autograder regrade --out {out}` shows whose points would move, and --apply "
            "makes it so; or grade again with --fresh, which grades everybody of these lessons "
            "anew."
        )
