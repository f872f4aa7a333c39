"""What all commands share: their options, and how an error becomes one sentence.

Only click is imported here; each command imports what it needs when it runs, so that ``--help`` is
quick.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import click

from autograder.errors import AutograderError
from autograder.log import log_to_terminal

if TYPE_CHECKING:
    from autograder.gradebook.records import Row
    from autograder.model import Notebook

F = TypeVar("F", bound=Callable[..., Any])

OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder that `autograder grade` writes or wrote.",
)
CLASS = click.option(
    "--class",
    "class_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The class's settings; class.toml in DIR by default. Remembered.",
)
ROSTER = click.option(
    "--roster",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Who is in the class: a CSV of Canvas, Gradescope or Moodle, or any with name, email, "
    "sid. Remembered.",
)
JOBS = click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Workers; 0 (default) is one per core."
)
SCHEDULER = click.option(
    "--scheduler", default="", metavar="ADDR", help="A Dask scheduler such as tcp://host:8786."
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def plain_errors(command: F) -> F:
    """Add --debug and --verbose; turn what a person can mend into one sentence and exit code 2.

    Anything else is a fault of ours: exit code 1, and the traceback with --debug.
    """

    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @click.option("--verbose", is_flag=True, help="Log what fork servers and children do.")
    @wraps(command)
    def run(*args: Any, debug: bool, verbose: bool, **kwargs: Any) -> Any:
        if verbose or debug:
            log_to_terminal("DEBUG" if verbose else "ERROR")
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            _end("stopped. Nothing is lost: run the same command again.", 1, debug)
        except AutograderError as error:
            _end(str(error), 2, debug)
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            _end(f"{place}{error.strerror or error}", 2, debug)
        except Exception as error:
            hint = "" if debug else " Run the command again with --debug to see where."
            _end(f"a fault of the grader itself, {type(error).__name__}: {error}.{hint}", 1, debug)

    return run  # type: ignore[return-value]


def _end(sentence: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(f"autograder: {sentence}", err=True)
    sys.exit(code)


def publish_pages(out: Path, jobs: int, rows: Sequence[Row] = ()) -> None:
    """Write everything that is derived from a gradebook; ``rows`` if they were just read."""
    from autograder.course.predictions import solution_predictions
    from autograder.grading.grade import DEFAULTS, jobs_of
    from autograder.outputs.publish import publish

    publish(out, solution_predictions(), jobs or jobs_of(DEFAULTS), rows=rows)


class PagesAhead:
    """Prepares pages while workers grade: for a notebook or two that is much of the wait.

    Attributes:
        released: the released notebooks of the lessons that were handed in.
    """

    def __init__(self) -> None:
        self.released: list[Notebook] = []
        self._thread: Thread | None = None

    def begin(self) -> None:
        """Begin in a thread; what fails there fails again, and is told, when pages are written."""
        from autograder.outputs.publish import prepare_pages

        def prepare() -> None:
            with contextlib.suppress(Exception):
                prepare_pages(self.released)

        self._thread = Thread(target=prepare, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for what was begun."""
        if self._thread is not None:
            self._thread.join()
