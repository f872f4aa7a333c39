"""The bank: answers whose result is known, right ones and wrong ones, one folder an exercise."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from autograder.course.lessons import samples_dir
from autograder.errors import InvalidInput
from autograder.model import GradingPackage, Notebook


class SampleAnswer(msgspec.Struct, frozen=True):
    """One whole answer with what must come of it."""

    exercise: str
    name: str
    kind: Literal["correct", "wrong"]
    source: str
    """The answer alone, without the docstring that explains it."""
    fails: frozenset[str] = frozenset()
    misconception: str = ""
    feedback: str = ""
    fights: str = ""
    """Key of the lesson's misconception that this answer acts out, if it is one of those."""
    style: str = ""
    prediction: str | None = None


def load_samples(exercise: str, folder: Path | None = None) -> list[SampleAnswer]:
    """Read an exercise's bank.

    Raises:
        ValueError: a file whose name or docstring is not as docs/authoring.md asks.
    """
    base = (folder or samples_dir()) / exercise
    return [read_sample(exercise, path) for path in sorted(base.glob("*.py"))]


def read_sample(exercise: str, path: Path) -> SampleAnswer:
    """Read one bank file: a YAML docstring, then the answer."""
    text = path.read_text(encoding="utf-8")
    kind = path.stem.partition("_")[0]
    if kind not in ("correct", "wrong"):
        raise InvalidInput(f"{path}: a bank file is called correct_*.py or wrong_*.py")
    try:
        tree = ast.parse(text)
        front = yaml.safe_load(ast.get_docstring(tree) or "")
    except (yaml.YAMLError, SyntaxError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(
            f"{path}: its docstring is not YAML or it is not Python: {reason}"
        ) from error
    wanted = {"correct": {"style"}, "wrong": {"misconception", "feedback", "fails"}}[kind]
    if not isinstance(front, dict) or not wanted <= set(front):
        raise InvalidInput(f"{path}: its docstring must be YAML with {', '.join(sorted(wanted))}")
    unknown = set(front) - wanted - {"prediction", "style", "misconception", "fights"}
    if unknown:
        raise InvalidInput(f"{path}: unknown key {', '.join(sorted(unknown))} in the docstring")
    answer = text.splitlines(keepends=True)[tree.body[0].end_lineno :]
    return SampleAnswer(
        exercise,
        path.stem,
        "correct" if kind == "correct" else "wrong",
        "".join(answer).strip() + "\n",
        frozenset(front.get("fails") or ()),
        str(front.get("misconception", "")),
        str(front.get("feedback", "")),
        str(front.get("fights", "")),
        str(front.get("style", "")),
        None if front.get("prediction") is None else str(front["prediction"]),
    )


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
    roles = {cell["id"]: cell["metadata"] for cell in package.released["cells"]}
    rest = answer
    for cell in filled["cells"]:
        meta = roles.get(cell.get("id"), {})
        if meta.get("exercise") != exercise:
            continue
        if meta["role"] == "answer":
            cell["source"], rest = rest, ""
        elif meta["role"] == "predict" and prediction is not None:
            cell["source"] = f"prediction_{exercise} = {prediction}"
    return filled
