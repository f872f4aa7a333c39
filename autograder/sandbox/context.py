"""Whether an exercise could come out differently after the exercises before it.

Each exercise is judged alone, so that one student's crash costs one exercise. In the student's own
notebook it ran after the others. Where that can matter, a failed exercise gets a second run. This
is decided from the text, because a second run of every failed exercise would double the time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from autograder.cells import SectionCell

_HARMLESS = {"print", "display"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def may_depend(
    own: Iterable[SectionCell], earlier: Iterable[SectionCell], asked: Iterable[str]
) -> bool:
    """Whether ``own`` cells may depend on ``earlier`` ones; in doubt they do.

    They may if they use a name that an earlier cell binds, or if an earlier cell that the student
    wrote does what no list of names shows: a star import, a call, a change of an object.

    Args:
        own: the cells of the exercise.
        earlier: the cells of the exercises before it.
        asked: names that its tests look up.
    """
    used = set(asked)
    for cell in own:
        tree = _parse(cell.source)
        if tree is None:
            return True
        used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return any(_may_change(cell, used) for cell in earlier)


def _may_change(cell: SectionCell, used: set[str]) -> bool:
    tree = _parse(cell.source)
    if tree is None:
        return not cell.unchanged
    nodes = list(_executed(tree))
    if not used.isdisjoint(name for node in nodes for name in _bound(node)):
        return True
    return not cell.unchanged and any(map(_has_an_effect, nodes))


def _parse(source: str) -> ast.Module | None:
    """None for what is no plain Python: a magic, or an error of syntax."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the cell does: not those inside functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        skipped: list[ast.AST] = []
        if isinstance(node, _FUNCTIONS):
            skipped = node.body if isinstance(node.body, list) else [node.body]  # type: ignore[assignment]
        waiting += [child for child in ast.iter_child_nodes(node) if child not in skipped]


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name


def _has_an_effect(node: ast.AST) -> bool:
    if isinstance(node, ast.alias):
        return node.name == "*"
    if isinstance(node, ast.Call):
        return not (isinstance(node.func, ast.Name) and node.func.id in _HARMLESS)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Await)
