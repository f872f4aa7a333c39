"""Sample answers: right ones and wrong ones whose result is known, one folder per exercise."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from autograder.cells import Role, released_cells
from autograder.course.lessons import read_yaml, samples_dir
from autograder.errors import InvalidInput
from autograder.model import GradingPackage, Notebook

Kind = Literal["correct", "wrong", "also"]
"""``also``: a further way of writing the misconception of a wrong answer."""
WANTED: dict[Kind, set[str]] = {
    "correct": {"style"},
    "wrong": {"misconception", "feedback", "fails"},
    "also": {"style", "fails"},
}
OPTIONAL = {"prediction", "style", "misconception", "fights", "likely"}


class SampleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One whole answer, and which tests it must fail."""

    exercise: str
    name: str
    kind: Kind
    source: str
    """The answer alone, without the docstring that explains it."""
    fails: frozenset[str] = frozenset()
    misconception: str = ""
    feedback: str = ""
    fights: str = ""
    """Key of the lesson's misconception that this answer acts out, if it is one of those."""
    style: str = ""
    prediction: str | None = None
    likely: bool = False
    """Many learners write it, so it is known in several styles."""
    variant_of: str = ""
    """Name of the wrong answer whose misconception an ``also_*.py`` writes another way."""


def load_samples(exercise: str, folder: Path | None = None) -> list[SampleAnswer]:
    """Read an exercise's sample answers, each variant after the one that it is a variant of.

    Raises:
        ValueError: a file whose name or docstring is not as docs/authoring.md asks.
    """
    base = (folder or samples_dir()) / exercise
    samples = [read_sample(exercise, path) for path in sorted(base.glob("*.py"))]
    return sorted(samples, key=lambda sample: sample.kind == "also")


def read_sample(exercise: str, path: Path) -> SampleAnswer:
    """Read one sample answer: a YAML docstring, then the answer.

    An ``also_<name>_<style>.py`` takes its misconception and its sentence from the
    ``wrong_<name>.py`` beside it.

    Raises:
        ValueError: its name or docstring is not as docs/authoring.md asks.
    """
    kind = _kind(path)
    text = path.read_text(encoding="utf-8")
    tree, front = _front_matter(path, text)
    wanted = WANTED[kind]
    if not isinstance(front, dict) or not wanted <= set(front):
        raise InvalidInput(f"{path}: its docstring must be YAML with {', '.join(sorted(wanted))}")
    optional = {"prediction"} if kind == "also" else OPTIONAL
    unknown = set(front) - wanted - optional
    if unknown:
        raise InvalidInput(f"{path}: unknown key {', '.join(sorted(unknown))} in the docstring")
    base = read_sample(exercise, _wrong_sample(path)) if kind == "also" else None
    answer = text.splitlines(keepends=True)[tree.body[0].end_lineno :]
    return SampleAnswer(
        exercise=exercise,
        name=path.stem,
        kind=kind,
        source="".join(answer).strip() + "\n",
        fails=frozenset(front.get("fails") or ()),
        misconception=base.misconception if base else str(front.get("misconception", "")),
        feedback=base.feedback if base else str(front.get("feedback", "")),
        fights=str(front.get("fights", "")),
        style=str(front.get("style", "")),
        likely=front.get("likely") is True,
        prediction=None if front.get("prediction") is None else str(front["prediction"]),
        variant_of=base.name if base else "",
    )


def _kind(path: Path) -> Kind:
    for kind in WANTED:
        if path.stem.startswith(f"{kind}_"):
            return kind
    raise InvalidInput(f"{path}: a sample answer is called correct_*.py, wrong_*.py or also_*.py")


def _front_matter(path: Path, text: str) -> tuple[ast.Module, object]:
    try:
        tree = ast.parse(text)
        return tree, read_yaml(ast.get_docstring(tree) or "")
    except (yaml.YAMLError, SyntaxError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"{path}: its docstring is not YAML or it is not Python: {reason}"
        ) from error


def _wrong_sample(path: Path) -> Path:
    """Return the wrong answer that an ``also_*.py`` is a variant of: the longest name that fits."""
    rest = path.stem.removeprefix("also_")
    fitting = [
        wrong
        for wrong in path.parent.glob("wrong_*.py")
        if rest.startswith(wrong.stem.removeprefix("wrong_") + "_")
    ]
    if not fitting:
        raise InvalidInput(
            f"{path}: also_<name>_<style>.py needs the wrong_<name>.py that it is a variant of"
        )
    return max(fitting, key=lambda wrong: len(wrong.stem))


def fill_in(
    package: GradingPackage,
    notebook: Notebook,
    exercise: str,
    answer: str,
    prediction: str | None = None,
) -> Notebook:
    """Return a copy of a notebook with one exercise answered.

    Args:
        package: the lesson, for the released roles.
        notebook: the notebook to fill; not changed.
        exercise: the exercise.
        answer: code that replaces the exercise's first answer cell; further ones are emptied.
        prediction: code of the predicted value; the predict cell stays as it is when None.
    """
    filled = copy.deepcopy(notebook)
    released = {cell.id: cell for cell in released_cells(package.released)}
    rest = answer
    for cell in filled["cells"]:
        known = released.get(cell.get("id"))
        if known is None or known.exercise != exercise:
            continue
        if known.role is Role.ANSWER:
            cell["source"], rest = rest, ""
        elif known.role is Role.PREDICT and prediction is not None:
            cell["source"] = f"prediction_{exercise} = {prediction}"
    return filled
