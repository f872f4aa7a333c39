"""A thirteenth exercise, added by the commands of docs/authoring.md in a scratch copy."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXERCISE = "gradient_accumulation"
LESSON = "5-3-3-training-and-serving-at-scale"
ARGUMENTS = "global_batch, micro_batch, num_gpus"

LIMITS = """\
    for name, value in zip(("global_batch", "micro_batch", "num_gpus"), (ARGUMENTS)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
""".replace("ARGUMENTS", ARGUMENTS)
MULTIPLE = """\
    if global_batch % (micro_batch * num_gpus):
        raise ValueError(f"global_batch {global_batch} is no multiple of what fits at once")
"""
SOLUTION = LIMITS + MULTIPLE + "    return global_batch // (micro_batch * num_gpus)\n"

SOURCE_EDITS = {
    f"def {EXERCISE}(value):": f"def {EXERCISE}({ARGUMENTS}):",
    '    raise NotImplementedError("write the solution")\n': SOLUTION,
    f"{EXERCISE}(1)": f"{EXERCISE}(2048, 4, 8)",
    "returned == 2": "returned == 64",
    "expected 2": "expected 64",
    "points: 6": "points: 5",
    f"checks.close_number({EXERCISE}(value), reference.{EXERCISE}(value))": (
        f"checks.integer({EXERCISE}(*value), reference.{EXERCISE}(*value))"
    ),
    "range(1, 6)": "(1, 2, 4, 8)",
    f"{EXERCISE}(value) for": f"{EXERCISE}(2048, 4, value) for",
    "# %% [raw]\n# # END TESTS": f'''\
# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Sizes that do not fit together are a ValueError that names the argument.
""" # END TEST CONFIG
def test_arguments_out_of_range({EXERCISE}):
    from reference import checks
    checks.integer({EXERCISE}(64, 4, 8), 2)
    checks.rejects({EXERCISE}, 0, 4, 8, naming="global_batch")
    checks.rejects({EXERCISE}, 64, 0, 8, naming="micro_batch")
    checks.rejects({EXERCISE}, 64, 4, -1, naming="num_gpus")
    checks.rejects({EXERCISE}, 65, 4, 8, naming=("global_batch", "micro_batch", "num_gpus"))

# %% [raw]
# # END TESTS''',
}
REFERENCE_EDITS = {
    "(value: float) -> float:": "(global_batch: int, micro_batch: int, num_gpus: int) -> int:",
    'raise NotImplementedError("write the reference")': (
        "return len(range(0, global_batch, micro_batch * num_gpus))"
    ),
    "list[float]": "list[tuple[int, int, int]]",
    "[2.0, 7.0, 11.5]": "[(512, 8, 16), (30, 5, 2), (7, 7, 1)]",
}
PROBE_EDITS = {
    f'["{EXERCISE}(1)"]': f'["{EXERCISE}(2048, 4, 8)"]',
    f'["{EXERCISE}(2)", "{EXERCISE}(7)"]': f'["{EXERCISE}(64, 2, 4)", "{EXERCISE}(18, 3, 2)"]',
    f'["{EXERCISE}(0)"]': f'["{EXERCISE}(0, 4, 8)", "{EXERCISE}(65, 4, 8)"]',
}
ORACLE_EDITS = {f"{EXERCISE}(1.0) == 2.0": f"{EXERCISE}(2048, 4, 8) == 64"}

CORRECT = {
    "division": SOLUTION,
    "loop": LIMITS
    + MULTIPLE
    + "    steps = 0\n    while steps * micro_batch * num_gpus < global_batch:\n"
    + "        steps += 1\n    return steps\n",
    "numpy": LIMITS + MULTIPLE + "    return np.int64(global_batch) // (micro_batch * num_gpus)\n",
    "torch": LIMITS
    + "    import torch\n\n"
    + MULTIPLE
    + "    return torch.tensor(global_batch // micro_batch // num_gpus)\n",
}
ALL = "[test_arguments_out_of_range, test_other_numbers, test_the_worked_number]"
OTHERS = "[test_arguments_out_of_range, test_other_numbers]"
WRONG = {
    "gpus_ignored": (LIMITS + MULTIPLE + "    return global_batch // micro_batch\n", ALL),
    "micro_ignored": (LIMITS + MULTIPLE + "    return global_batch // num_gpus\n", ALL),
    "product": (LIMITS + MULTIPLE + "    return global_batch * micro_batch * num_gpus\n", ALL),
    "sequences": (LIMITS + MULTIPLE + "    return micro_batch * num_gpus\n", ALL),
    "added": (LIMITS + MULTIPLE + "    return global_batch // (micro_batch + num_gpus)\n", ALL),
    "gpus_last": (LIMITS + MULTIPLE + "    return global_batch // micro_batch * num_gpus\n", ALL),
    "one_more": (SOLUTION.rstrip() + " + 1\n", ALL),
    "one_less": (SOLUTION.rstrip() + " - 1\n", ALL),
    "worked_number": (LIMITS + MULTIPLE + "    return 64\n", OTHERS),
    "eight_gpus": (SOLUTION.replace("num_gpus)\n", "8)\n"), "[test_other_numbers]"),
    "no_limits": (MULTIPLE + SOLUTION.splitlines()[-1], "[test_arguments_out_of_range]"),
    "rounds_up": (
        LIMITS + "    return -(-global_batch // (micro_batch * num_gpus))\n",
        "[test_arguments_out_of_range]",
    ),
}
DEAR = [name for name, (_, fails) in WRONG.items() if "test_other_numbers" in fails]
"""Those that lose more than one slip should, in an exercise of three tests."""
SURVIVOR = (
    "return global_batch // (micro_batch * num_gpus) "
    "=> return global_batch / (micro_batch * num_gpus)"
)


def commands() -> list[list[str]]:
    """The walk-through's commands, in the order of the page."""
    page = (ROOT / "docs" / "authoring.md").read_text()
    section = page.partition("## Adding an exercise, step by step")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for line in "".join(blocks).splitlines()]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    for name in ("autograder", "reference", "solutions", "tests/submissions", "tests/reference"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "surviving_mutants.yaml", tmp_path / "tests")
    return tmp_path


def run(scratch: Path, *command: str) -> subprocess.CompletedProcess[str]:
    if command[0] == "autograder":
        command = ("python", "-m", *command)
    return subprocess.run(
        [sys.executable, *command[1:]],
        cwd=scratch, capture_output=True, text=True, timeout=400,
        env={**os.environ, "PYTHONPATH": str(scratch), "COLUMNS": "300"},
    )  # fmt: skip


def edit(path: Path, edits: dict[str, str]) -> None:
    text = path.read_text()
    for old, new in edits.items():
        assert old in text, f"{path.name}: {old}"
        text = text.replace(old, new)
    path.write_text(text)


def write_samples(samples: Path) -> None:
    """The right and the wrong answers; what the wrong ones fail is left open."""
    signature = f"def {EXERCISE}({ARGUMENTS}):\n"
    for name, body in CORRECT.items():
        head = f'"""\nstyle: {name}\n"""\n\n\n'
        (samples / f"correct_{name}.py").write_text(head + signature + body)
    for name, (body, _) in WRONG.items():
        head = f"misconception: {name}\nfeedback: {name}\nfails: []"
        (samples / f"wrong_{name}.py").write_text(f'"""\n{head}\n"""\n\n\n{signature}{body}')
    (samples / "correct_example.py").unlink()
    (samples / "wrong_example.py").unlink()


def test_the_walk_through_adds_an_exercise(scratch: Path) -> None:
    page = iter(commands())

    def follow(*beginning: str, code: int = 0) -> str:
        command = next(page)
        assert tuple(command[: len(beginning)]) == beginning
        answer = run(scratch, *command)
        assert answer.returncode == code, answer.stdout + answer.stderr
        return answer.stdout

    told = follow("autograder", "new", "5-3-3", EXERCISE)
    assert told.count("wrote ") == 7
    assert "solution must earn all points" in follow("autograder", "check", EXERCISE, code=1)

    edit(scratch / "solutions" / LESSON / f"{EXERCISE}.py", SOURCE_EDITS)
    edit(scratch / "reference" / f"{EXERCISE}.py", REFERENCE_EDITS)
    edit(scratch / "tests" / "reference" / f"test_{EXERCISE}.py", ORACLE_EDITS)
    follow("python", "-m", "pytest", f"tests/reference/test_{EXERCISE}.py")

    samples = scratch / "tests" / "submissions" / EXERCISE
    write_samples(samples)
    told = follow("autograder", "check", EXERCISE, "--suggest", code=1)
    assert f"the solution answers the probe {EXERCISE}(1) with no such answer (TypeError" in told
    edit(scratch / "reference" / "probes" / f"{EXERCISE}.py", PROBE_EDITS)
    needed = dict(re.findall(r"^  wrong_(\w+) .*\n    fails: (\[.*\])$", told, re.MULTILINE))
    assert needed == {name: fails for name, (_, fails) in WRONG.items()}
    for name, fails in needed.items():
        edit(samples / f"wrong_{name}.py", {"fails: []": f"fails: {fails}"})
    with (scratch / "tests" / "surviving_mutants.yaml").open("a") as file:
        file.write(
            f"{EXERCISE}:\n"
            f'  "{SURVIVOR}": it divides without remainder, and 2.0 is accepted for 2\n'
        )
    reasons = "".join(f"    wrong_{name}: nothing but one number comes back\n" for name in DEAR)
    (scratch / "tests" / "points_lost.yaml").write_text(f"{EXERCISE}:\n  dear:\n{reasons}")
    told = follow("autograder", "check", EXERCISE, "--mutants")
    assert re.search(rf"{EXERCISE}: \d+ of \d+ mutants killed, 1 explained, 0 not", told)

    follow("autograder", "build", "5-3-3")
    built = scratch / "assignments" / LESSON / f"{LESSON}.ipynb"
    assert EXERCISE in built.read_text()
    assert next(page, None) is None, "the page has more commands than this test follows"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("5-3-3", "rope"), "exists already"),
        (("5-3-3", "Rope2"), "lower_case"),
        (("5-3-7", "fine"), "is not one of"),
    ],
)
def test_bad_names_are_refused_and_write_nothing(scratch: Path, arguments, sentence) -> None:
    before = sorted(path.name for path in scratch.rglob("*.py"))
    answer = run(scratch, "autograder", "new", *arguments)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert sorted(path.name for path in scratch.rglob("*.py")) == before
