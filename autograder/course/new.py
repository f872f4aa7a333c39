"""The files of a new exercise, which fail their check until an author has filled them in."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.course.lessons import all_stems, checkout_root, find_lesson
from autograder.files import write_whole

STEM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

SOURCE = '''\
# %% [markdown]
# ## {number}. {title}
#
# **Supported.** The question in one concrete sentence, and a small worked number.

# %% [raw]
# # BEGIN QUESTION
# name: {stem}

# %% [markdown]
# ### Predict before you run
#
# What to predict, and the values that are allowed: `"more"` or `"less"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_{stem} = "more"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
#
# What to write, with hints for the kind of exercise.

# %% [raw]
# # BEGIN SOLUTION

# %%
def {stem}(value):
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
def test_prediction_is_answered(prediction_{stem}):
    assert prediction_{stem} in ("more", "less"), (
        f"prediction_{stem} is {{prediction_{stem}!r}}; choose 'more' or 'less'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 3
""" # END TEST CONFIG
def test_the_worked_number({stem}):
    returned = {stem}(1)
    assert returned == 2, f"{stem}(1) returned {{returned!r}}, expected 2"

# %%
""" # BEGIN TEST CONFIG
points: 6
hidden: true
failure_message: The idea to revisit, without the input or the answer.
""" # END TEST CONFIG
def test_other_numbers({stem}):
    from reference import checks, {stem} as reference
    for value in reference.inputs():
        checks.close_number({stem}(value), reference.{stem}(value))

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look

# %%
try:
    plt.plot(range(1, 6), [{stem}(value) for value in range(1, 6)], marker="o")
    plt.xlabel("value")
    plt.ylabel("{stem}")
    plt.show()
except (TypeError, ValueError, NotImplementedError):
    print("Fill in {stem} above, then run this cell again.")

# %% [markdown]
# ### What you saw
#
# The insight in one short paragraph, without the code.
'''

REFERENCE = '''\
"""Reference for `{stem}`, written independently of the solution."""

from __future__ import annotations


def {stem}(value: float) -> float:
    """What it returns, with shapes, units and the source of the formula.

    Raises:
        NotImplementedError: until somebody writes it.
    """
    raise NotImplementedError("write the reference")


def inputs() -> list[float]:
    """Hidden inputs: other sizes than those in the prompt."""
    return [2.0, 7.0, 11.5]
'''

ORACLE = '''\
"""`reference.{stem}` against an oracle that nobody here wrote."""

from __future__ import annotations

from reference import {stem}


def test_agrees_with_the_oracle() -> None:
    assert {stem}.{stem}(1.0) == 2.0
'''

CORRECT = '''\
"""
style: What is different about this right answer.
"""


def {stem}(value):
    raise NotImplementedError
'''

WRONG = '''\
"""
misconception: What the student believes.
feedback: One sentence that names the idea.
fails: [test_other_numbers]
"""


def {stem}(value):
    return 2
'''


def new_exercise(lesson_name: str, stem: str) -> list[Path]:
    """Create an exercise's files and name it in its lesson.

    Raises:
        ValueError: no such lesson, or a stem that is taken or not ``lower_case``.
    """
    root = checkout_root()
    if root is None:
        raise ValueError(
            "lesson: new exercises are written in a checkout, not in an installed copy"
        )
    lesson = find_lesson(lesson_name)
    if not STEM.fullmatch(stem):
        raise ValueError(f"stem: {stem!r} is not lower_case_with_underscores")
    if stem in all_stems():
        raise ValueError(f"stem: {stem!r} exists already in {root / 'solutions'}")
    title = stem.replace("_", " ").capitalize()
    names = {"stem": stem, "title": title, "number": len(lesson.stems) + 1}
    files = {
        root / "solutions" / lesson.slug / f"{stem}.py": SOURCE,
        root / "reference" / f"{stem}.py": REFERENCE,
        root / "tests" / "reference" / f"test_{stem}.py": ORACLE,
        root / "tests" / "submissions" / stem / "correct_example.py": CORRECT,
        root / "tests" / "submissions" / stem / "wrong_example.py": WRONG,
    }
    for path, template in files.items():
        write_whole(path, template.format(**names).encode())
    _name_in_lesson(root / "solutions" / lesson.slug / "lesson.md", lesson.stems, stem)
    return [*files, root / "solutions" / lesson.slug / "lesson.md"]


def _name_in_lesson(path: Path, stems: tuple[str, ...], stem: str) -> None:
    """Add the stem to the front matter, which keeps its one-line list of exercises."""
    text = path.read_text(encoding="utf-8")
    listed = re.sub(
        r"^exercises: .*$", f"exercises: [{', '.join((*stems, stem))}]", text, count=1, flags=re.M
    )
    if listed == text:
        raise ValueError(f"{path}: has no one-line `exercises: [...]` to add {stem!r} to")
    write_whole(path, listed.encode())
