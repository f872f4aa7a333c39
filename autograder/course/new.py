"""The files of a new exercise, which fail their check until an author has filled them in."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.course.lessons import all_exercises, checkout_root, find_lesson
from autograder.errors import InvalidInput
from autograder.files import write_whole

EXERCISE_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

SOURCE = '''\
# %% [markdown]
# ## {number}. {title}
#
# **Supported.** The question in one concrete sentence, and a small worked number.

# %% [raw]
# # BEGIN QUESTION
# name: {exercise}

# %% [markdown]
# ### Predict before you run
#
# What to predict, and the values that are allowed: `"more"` or `"less"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_{exercise} = "more"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
#
# What to write, with hints for the kind of exercise.

# %% [raw]
# # BEGIN SOLUTION

# %%
def {exercise}(value):
    """What it returns, with shapes and units."""
    # BEGIN SOLUTION
    raise NotImplementedError("write the solution")
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_{exercise}):
    assert prediction_{exercise} in ("more", "less"), (
        f"prediction_{exercise} is {{prediction_{exercise}!r}}; choose 'more' or 'less'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 3
""" # END TEST CONFIG
def test_the_worked_number({exercise}):
    returned = {exercise}(1)
    assert returned == 2, f"{exercise}(1) returned {{returned!r}}, expected 2"

# %%
""" # BEGIN TEST CONFIG
points: 6
hidden: true
failure_message: The idea to revisit, without the input or the answer.
""" # END TEST CONFIG
def test_other_numbers({exercise}):
    from reference import checks, {exercise} as reference
    for value in reference.inputs():
        checks.close_number({exercise}(value), reference.{exercise}(value))

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look

# %%
try:
    plt.plot(range(1, 6), [{exercise}(value) for value in range(1, 6)], marker="o")
    plt.xlabel("value")
    plt.ylabel("{exercise}")
    plt.show()
except (TypeError, ValueError, NotImplementedError):
    print("Fill in {exercise} above, then run this cell again.")

# %% [markdown]
# ### What you saw
#
# The insight in one short paragraph, without the code.
'''

REFERENCE = '''\
"""Reference for `{exercise}`, written independently of the solution."""

from __future__ import annotations


def {exercise}(value: float) -> float:
    """What it returns, with shapes, units and the source of the formula.

    Raises:
        NotImplementedError: until it is written.
    """
    raise NotImplementedError("write the reference")


def inputs() -> list[float]:
    """Hidden inputs: other sizes than those in the prompt."""
    return [2.0, 7.0, 11.5]
'''

PROBES = '''\
"""Probes of `{exercise}`."""

from reference.probes import Probes

FUNCTIONS = {{
    "{exercise}": Probes(
        text=["{exercise}(1)"],
        values=["{exercise}(2)", "{exercise}(7)"],
        refusals=["{exercise}(0)"],
    ),
}}
'''

ORACLE = '''\
"""`reference.{exercise}` against an oracle that we did not write."""

from __future__ import annotations

from reference import {exercise}


def test_agrees_with_the_oracle() -> None:
    assert {exercise}.{exercise}(1.0) == 2.0
'''

CORRECT = '''\
"""
style: What is different about this right answer.
"""


def {exercise}(value):
    raise NotImplementedError
'''

WRONG = '''\
"""
misconception: What the student believes.
feedback: One sentence that names the idea.
fails: [test_other_numbers]
"""


def {exercise}(value):
    return 2
'''


def new_exercise(lesson_name: str, exercise: str) -> list[Path]:
    """Create an exercise's files and name it in its lesson.

    Raises:
        ValueError: no such lesson, or an exercise that is taken or not ``lower_case``.
    """
    root = checkout_root()
    if root is None:
        raise InvalidInput(
            "lesson: new exercises are written in a checkout, not in an installed copy"
        )
    lesson = find_lesson(lesson_name)
    if not EXERCISE_NAME.fullmatch(exercise):
        raise InvalidInput(f"exercise: {exercise!r} is not lower_case_with_underscores")
    if exercise in all_exercises():
        raise InvalidInput(f"exercise: {exercise!r} exists already in {root / 'solutions'}")
    title = exercise.replace("_", " ").capitalize()
    names = {"exercise": exercise, "title": title, "number": len(lesson.exercises) + 1}
    files = {
        root / "solutions" / lesson.slug / f"{exercise}.py": SOURCE,
        root / "reference" / f"{exercise}.py": REFERENCE,
        root / "reference" / "probes" / f"{exercise}.py": PROBES,
        root / "tests" / "reference" / f"test_{exercise}.py": ORACLE,
        root / "tests" / "submissions" / exercise / "correct_example.py": CORRECT,
        root / "tests" / "submissions" / exercise / "wrong_example.py": WRONG,
    }
    for path, template in files.items():
        write_whole(path, template.format(**names).encode())
    _name_in_lesson(root / "solutions" / lesson.slug / "lesson.md", lesson.exercises, exercise)
    return [*files, root / "solutions" / lesson.slug / "lesson.md"]


def _name_in_lesson(path: Path, exercises: tuple[str, ...], exercise: str) -> None:
    """Add the exercise to the front matter, which keeps its one-line list of exercises."""
    text = path.read_text(encoding="utf-8")
    listed = re.sub(
        r"^exercises: .*$",
        f"exercises: [{', '.join((*exercises, exercise))}]",
        text,
        count=1,
        flags=re.M,
    )
    if listed == text:
        raise InvalidInput(f"{path}: has no one-line `exercises: [...]` to add {exercise!r} to")
    write_whole(path, listed.encode())
