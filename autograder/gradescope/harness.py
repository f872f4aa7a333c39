"""Grade the one submission of a Gradescope container and write its ``results.json``.

The folders are Gradescope's: ``source`` (the unpacked zip), ``submission``, ``results`` and
``submission_metadata.json``. Whatever happens, ``results.json`` is written and says in one
sentence what the student can do.
"""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from autograder.course.handin import FILE_NAME, FOLDER, HandIn
from autograder.errors import EngineError, IntakeError, PoolError
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.grading.pool import Pool, Settings
from autograder.grading.worker import Graded, Job
from autograder.intake import Submission, discover
from autograder.intake.submission import TimeSource, person
from autograder.model import Engine, NotebookOutcome
from autograder.outputs.gradescope import result_json

ENGINE = "autograder.gradescope.harness:confined_engine"
DEADLINE_SECONDS = 400.0
"""With a slow start still below the 10 minutes after which Gradescope gives up without a word of
ours, and above what the engine allows a submission, so that a slow exercise costs only itself."""
PRIVATE = ("source", "submission", "results")
HELP = "Upload {lesson}.ipynb as you saved it, or the zip that grader.export() made."
OURS = "Nothing is wrong with your file; please tell your instructor."


def confined_engine() -> Engine:
    """Return the sandbox at the best tier of this container.

    Raises:
        EngineError: there is no confinement at all; grading then would let a student write
            ``results.json`` himself.
    """
    from autograder.sandbox import SandboxEngine

    engine = SandboxEngine(public_first=True)
    if engine.tier == "D":
        raise EngineError("This container offers no isolation (tier D), so nothing is run in it.")
    return engine


def main(root: Path) -> None:
    """Grade what lies under ``root`` (``/autograder`` in a container)."""
    close_folders(root)
    lesson = ""
    try:
        hand_in = msgspec.json.decode(
            (root / "source" / FOLDER / FILE_NAME).read_bytes(), type=HandIn
        )
        lesson = hand_in.package.lesson
        document = results(grade(root, hand_in), hand_in)
    except Exception as error:
        # The instructor reads this in Gradescope's own log; a student must get an answer anyway.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        document = results(_not_graded(lesson, f"The grader itself failed. {OURS}"), None)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    write_whole(root / "results" / "results.json", text.encode("utf-8", "replace"))
    print(f"{document['extra_data']['status']}, tier {document['extra_data']['tier'] or 'none'}")


def close_folders(root: Path) -> None:
    """Leave Gradescope's folders to their owner: a student's process has another uid."""
    for name in PRIVATE:
        with contextlib.suppress(OSError):
            (root / name).chmod(0o700)
    with contextlib.suppress(OSError):
        (root / "submission_metadata.json").chmod(0o600)


def grade(root: Path, hand_in: HandIn) -> Row:
    """Find the notebook that was handed in and grade it."""
    lesson = hand_in.package.lesson
    packages = {lesson: hand_in.package}
    notebooks: dict[str, bytes] = {}
    try:
        intake = discover([root / "submission"], packages, notebooks.__setitem__)
    except IntakeError as error:
        return _not_graded(lesson, f"{error} {HELP.format(lesson=lesson)}")
    if not intake.submissions:
        return _not_graded(lesson, f"Nothing was handed in. {HELP.format(lesson=lesson)}")
    one = max(intake.submissions, key=_preference)
    submission = with_metadata(one, root / "submission_metadata.json")
    if one.lesson is None:
        problem = f"{one.problem} {HELP.format(lesson=lesson)}"
        return _row(msgspec.structs.replace(submission, lesson=lesson), None, problem)
    return _run(submission, notebooks[one.content_hash], hand_in)


def _preference(one: Submission) -> tuple[bool, float, str]:
    """Of several files the lesson's own notebook counts, the one saved last."""
    return (one.lesson is not None, one.submitted_at or 0.0, one.source)


def _run(submission: Submission, notebook: bytes, hand_in: HandIn) -> Row:
    lesson = hand_in.package.lesson
    settings = Settings(
        engine=ENGINE, packages={lesson: hand_in.package}, jobs=1, deadline_seconds=DEADLINE_SECONDS
    )
    try:
        with Pool(settings) as pool:
            _, result = next(pool.run([Job(lesson, notebook)]))
    except PoolError as error:
        return _row(submission, None, f"{error} {OURS}")
    if isinstance(result, Graded):
        return _row(submission, result.outcome, "", result.seconds)
    return _row(submission, None, result.sentence, result.seconds)


def _row(
    submission: Submission, outcome: NotebookOutcome | None, problem: str, seconds: float = 0.0
) -> Row:
    return Row(submission=submission, outcome=outcome, problem=problem, attempts=1, seconds=seconds)


def _not_graded(lesson: str, problem: str) -> Row:
    submission = Submission(name="submission", root="submission", lesson=lesson or None)
    return _row(submission, None, problem)


def with_metadata(submission: Submission, path: Path) -> Submission:
    """Add who handed in, and when, from Gradescope's ``submission_metadata.json``.

    ``otter grade`` leaves that file empty, and no points depend on it: what cannot be read
    is left out.
    """
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        people = tuple(person(name=str(user["name"])) for user in metadata["users"])
        moment = datetime.fromisoformat(metadata["created_at"]).timestamp()
    except (OSError, ValueError, KeyError, TypeError):
        return submission
    return msgspec.structs.replace(
        submission,
        people=people or submission.people,
        submitted_at=moment,
        time_source=TimeSource.GRADESCOPE,
    )


def results(row: Row, hand_in: HandIn | None) -> dict[str, Any]:
    """Return the submission in Gradescope's format, with what may be seen only later marked so.

    How long grading took is left out: a student's code chooses it, after it has seen the inputs of
    hidden tests.
    """
    document = result_json(row) if hand_in is None else result_json(row, hand_in.hidden_tests)
    document.update(output_format="text", test_output_format="text", test_name_format="text")
    sections = row.outcome.sections if row.outcome else ()
    document["extra_data"]["predictions"] = {one.exercise: one.prediction for one in sections}
    return document


if __name__ == "__main__":
    main(Path(sys.argv[1]))
