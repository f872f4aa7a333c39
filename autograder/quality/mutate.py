"""Small automatic mistakes in a solution: what the tests ought to notice.

Every mutation is one step on the syntax tree: a comparison, an operator, a constant, an axis, the
order of two arguments, a slice bound, a removed statement, a dtype.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from autograder.cells import Role, released_cells
from autograder.course.lessons import lesson_of, read_yaml
from autograder.course.packages import Built, load_built
from autograder.course.samples import fill_in
from autograder.model import Engine, Notebook

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
DTYPES = {"float64": "float32", "float32": "float64", "int64": "float32", "bool": "float32"}
ALLOWED_SURVIVORS = Path("tests") / "surviving_mutants.yaml"


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One mutated answer."""

    exercise: str
    kind: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """What the file of explained survivors calls this mutant."""
        return f"{self.before} => {self.after}"


class MutantReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many of an exercise's mutants its tests notice."""

    exercise: str
    total: int
    killed: int
    explained: tuple[Mutant, ...]
    """Survivors that the checked-in file explains as equivalent."""
    survivors: tuple[Mutant, ...]
    """Survivors that nobody has explained."""


def solution_source(built: Built, exercise: str) -> str:
    """Return the code of an exercise's solution, its answer cells one after another."""
    return "\n\n".join(
        cell.source
        for cell in released_cells(built.solution)
        if cell.exercise == exercise and cell.role is Role.ANSWER
    )


def mutants(exercise: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of an answer, each different from the original and from the others."""
    original = ast.unparse(ast.parse(source))
    seen = {original}
    for index, node in enumerate(ast.walk(ast.parse(source))):
        for kind, apply in _mutations_at(node):
            tree = ast.parse(source)
            apply(list(ast.walk(tree))[index])
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text not in seen:
                seen.add(text)
                before, after = _difference(original, text)
                yield Mutant(exercise=exercise, kind=kind, before=before, after=after, source=text)


def _difference(original: str, mutated: str) -> tuple[str, str]:
    """Return the lines that a mutation took away and the lines it put there."""
    lines = list(difflib.ndiff(original.splitlines(), mutated.splitlines()))
    return (
        " ".join(line[2:].strip() for line in lines if line.startswith("- ")),
        " ".join(line[2:].strip() for line in lines if line.startswith("+ ")),
    )


def _mutations_at(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """Yield what may be done to a node; it is done to the same node of a fresh tree."""
    for kind, mutations in _KINDS.items():
        yield from ((kind, apply) for apply in mutations(node))


def _comparison(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield lambda n: n.ops.__setitem__(0, COMPARISONS[type(n.ops[0])]())  # type: ignore[attr-defined]


def _arithmetic(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        yield lambda n: setattr(n, "op", ARITHMETIC[type(n.op)]())  # type: ignore[attr-defined]


def _constant(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    changed: list[object] = []
    if isinstance(value, bool):
        changed = [not value]
    elif isinstance(value, int):
        changed = [value + 1, value - 1]
    elif isinstance(value, float):
        changed = [value * 2, value / 2] if value else [1.0]
    for new in changed:
        yield lambda n, new=new: setattr(n, "value", new)  # type: ignore[misc]


def _axis(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.keyword) and node.arg in ("dim", "axis"):
        for axis in (0, 1):
            yield lambda n, axis=axis: setattr(n, "value", ast.Constant(axis))  # type: ignore[misc]


def _arguments(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        yield lambda n: n.args.__setitem__(slice(0, 2), n.args[1::-1])  # type: ignore[attr-defined]


def _slice(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield lambda n, bound=bound: setattr(  # type: ignore[misc]
                    n, bound, ast.BinOp(getattr(n, bound), ast.Add(), ast.Constant(1))
                )


def _removal(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        for place, statement in enumerate(block):
            if isinstance(statement, (ast.Raise, ast.AugAssign, ast.Assign, ast.If, ast.Expr)) and (
                not _is_docstring(statement)
            ):
                yield lambda n, field=field, place=place: getattr(n, field).__setitem__(  # type: ignore[misc]
                    place, ast.Pass()
                )


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _dtype(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Attribute) and node.attr in DTYPES:
        yield lambda n: setattr(n, "attr", DTYPES[n.attr])  # type: ignore[attr-defined]


_KINDS: dict[str, Callable[[ast.AST], Iterator[Callable[[ast.AST], None]]]] = {
    "comparison": _comparison,
    "arithmetic": _arithmetic,
    "constant": _constant,
    "axis": _axis,
    "argument order": _arguments,
    "slice bound": _slice,
    "removed statement": _removal,
    "dtype": _dtype,
}


def check_mutants(
    exercise: str, engine: Engine, progress: Callable[[str], None] = lambda key: None
) -> MutantReport:
    """Grade every mutant of an exercise's solution.

    A mutant is killed when a test that the solution passes fails. Survivors listed in
    ``tests/surviving_mutants.yaml`` with a reason count as explained.
    """
    built = load_built(lesson_of(exercise), (exercise,))
    reasons = explained_survivors().get(exercise, {})
    total = killed = 0
    survivors: list[Mutant] = []
    for mutant in mutants(exercise, solution_source(built, exercise)):
        progress(mutant.key)
        total += 1
        if _is_killed(built, mutant, engine):
            killed += 1
        else:
            survivors.append(mutant)
    known = tuple(mutant for mutant in survivors if mutant.key in reasons)
    unknown = tuple(mutant for mutant in survivors if mutant.key not in reasons)
    return MutantReport(
        exercise=exercise, total=total, killed=killed, explained=known, survivors=unknown
    )


def _is_killed(built: Built, mutant: Mutant, engine: Engine) -> bool:
    notebook: Notebook = fill_in(built.package, built.solution, mutant.exercise, mutant.source)
    section = engine.grade_notebook(built.package, notebook).sections[0]
    return not all(test.passed for test in section.tests)


def explained_survivors() -> dict[str, dict[str, str]]:
    """Return the survivors known to be equivalent: exercise, mutant key, reason."""
    from autograder.course.lessons import checkout_root

    root = checkout_root()
    path = (root or Path()) / ALLOWED_SURVIVORS
    return (read_yaml(path.read_text()) or {}) if path.is_file() else {}
