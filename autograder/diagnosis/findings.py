"""What a function's answers mean: the sentence that a student reads about each wrong function."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograder.diagnosis.answers import Answer, Kind
from autograder.diagnosis.asking import Group
from autograder.diagnosis.known import KnownFunction, Misread, Signature
from autograder.diagnosis.naming import is_failed_code
from autograder.model import Finding, FindingKind, TestOutcome

SIGNIFICANT = 3
"""Digits to which answers are rounded where students are grouped by behaviour."""


def diagnose(
    known: Sequence[KnownFunction],
    answers: Mapping[str, Signature],
    tests: Sequence[TestOutcome],
    arguments: Mapping[str, frozenset[str]],
    sources: Iterable[str],
) -> tuple[Finding, ...]:
    """Say what is wrong with each function that a failed test asked about.

    For each, the first of these that holds: it is not there, it raises, its answers are those of a
    known misconception, or they are nobody's, and the smallest call that shows it is named.

    Args:
        known: the exercise's functions and the answers of its sample answers.
        answers: the student's answers, by function.
        tests: the exercise's tests, judged.
        arguments: the names that each test asks for.
        sources: the student's cells, to tell an empty function from a wrong one.
    """
    failed = [test for test in tests if is_failed_code(test)]
    empty = unfinished_functions(sources)
    wrong = _wrong_places(known, answers)
    weights = _how_well(known, answers, wrong)
    findings = []
    for function in known:
        name = function.probes.name
        own = [test for test in failed if name in arguments.get(test.name, ())]
        if not own:
            continue
        if name in empty or name not in answers:
            findings.append(_missing(name, name in empty, own))
        elif not wrong.keys() & set(function.probes.needs):
            for refusals in wrong.get(name, ()):
                if not (refusals and _crashes_anyway(function, answers[name])):
                    findings.append(_explain(function, answers[name], refusals, own, weights))
    return tuple(findings)


def _wrong_places(
    known: Sequence[KnownFunction], answers: Mapping[str, Signature]
) -> dict[str, list[bool]]:
    """For each wrong function, whether it is wrong within range (False) or out of range (True)."""
    found: dict[str, list[bool]] = {}
    for function in known:
        name = function.probes.name
        if name in answers:
            places = [r for r in (False, True) if not function.is_right(answers[name], r)]
            if places:
                found[name] = places
    return found


def _crashes_anyway(function: KnownFunction, answers: Signature) -> bool:
    """Whether it crashes within range and out of range: the crash is all there is to say."""
    within, beyond = (
        [answers[at] for at in function.places(refusals) if at < len(answers)]
        for refusals in (False, True)
    )
    raised = {str(answer.value) for answer in within if answer.kind is not Kind.VALUE}
    return bool(raised) and all(
        answer.kind is not Kind.VALUE and (str(answer.value) in raised or _refuses(answer))
        for answer in beyond
    )


def _refuses(answer: Answer) -> bool:
    return bool(answer.value == ["raised", "ValueError"])


def _same_as(function: KnownFunction, answers: Signature, refusals: bool) -> list[Misread]:
    candidates = function.refusals if refusals else function.values
    return [one for one in candidates if function.alike(answers, one.answers, refusals)]


def _how_well(
    known: Sequence[KnownFunction],
    answers: Mapping[str, Signature],
    wrong: Mapping[str, list[bool]],
) -> dict[str, tuple[int, int]]:
    """How well each wrong sample answer explains the whole: what it explains, less what it adds."""
    explained: dict[str, int] = {}
    for function in known:
        for refusals in wrong.get(function.probes.name, ()):
            for one in _same_as(function, answers[function.probes.name], refusals):
                explained[one.sample] = explained.get(one.sample, 0) + 1
    mistakes = Counter(one.sample for f in known for one in (*f.values, *f.refusals))
    return {sample: (count, count - mistakes[sample]) for sample, count in explained.items()}


def _missing(name: str, empty: bool, own: Sequence[TestOutcome]) -> Finding:
    sentence = f"{name} still has a ... to fill in." if empty else f"{name} is not there."
    return Finding(function=name, kind=FindingKind.MISSING, sentence=sentence, follows=_names(own))


def _explain(
    function: KnownFunction,
    answers: Signature,
    refusals: bool,
    own: Sequence[TestOutcome],
    weights: Mapping[str, tuple[int, int]],
) -> Finding:
    name = function.probes.name
    same = max(
        _same_as(function, answers, refusals), key=lambda one: weights[one.sample], default=None
    )
    at = _counterexample(function, answers, refusals)
    call = function.probes.probes[at].call
    came, expected = answers[at], function.right[0][at]
    crash = not refusals and came.kind is not Kind.VALUE
    if crash:
        return _crash(name, call, answers[at], expected, same, own)
    if same is not None:
        follows = tuple(test.name for test in own if test.name in same.fails)
        return Finding(
            function=name,
            kind=FindingKind.MISCONCEPTION,
            sentence=same.sentence,
            call=call,
            came=came.shown,
            expected=expected.shown,
            sample=same.sample,
            follows=follows,
        )
    sentence = _unknown_sentence(function, answers, refusals)
    return Finding(
        function=name,
        kind=FindingKind.COUNTEREXAMPLE,
        sentence=sentence,
        call=call,
        came=came.shown,
        expected=expected.shown,
        closest=_closest(own),
    )


def _crash(
    name: str,
    call: str,
    came: Answer,
    expected: Answer,
    same: Misread | None,
    own: Sequence[TestOutcome],
) -> Finding:
    raised = tuple(test.name for test in own if not test.detail.startswith("AssertionError"))
    how = "does not finish" if came.kind is Kind.UNFINISHED else f"raises {came.shown}"
    many = f" In {len(raised)} tests it could not be tried." if len(raised) > 1 else ""
    return Finding(
        function=name,
        kind=FindingKind.CRASH,
        sentence=f"{name} {how}.{many}",
        call=call,
        came=came.shown,
        expected=expected.shown,
        sample=same.sample if same else "",
        follows=raised,
        misconception=same.sentence if same else "",
    )


def _counterexample(function: KnownFunction, answers: Signature, refusals: bool) -> int:
    """Position of the first probe that no right sample answer answers so; a crash comes first."""
    wrong = [
        at
        for at in function.places(refusals)
        if at >= len(answers) or not function.right_at(at, answers[at])
    ]
    seen = [at for at in wrong if at < len(answers)]
    crashed = [at for at in seen if answers[at].kind is not Kind.VALUE]
    # Each answer may be right by itself and only their mixture nobody's: then the first is shown.
    return (crashed if crashed and not refusals else seen or [0])[0]


def _unknown_sentence(function: KnownFunction, answers: Signature, refusals: bool) -> str:
    name = function.probes.name
    if refusals:
        return f"{name} should raise ValueError here and does not."
    text = [at for at, probe in enumerate(function.probes.probes) if probe.group is Group.TEXT]
    if text and all(at < len(answers) and function.right_at(at, answers[at]) for at in text):
        return f"{name} is right for the sizes in the text and wrong for others."
    return f"{name} gives another result than it should."


def _closest(own: Sequence[TestOutcome]) -> str:
    """The idea of the failed hidden test that weighs most: what to read again."""
    hidden = [test for test in own if test.hidden and test.message]
    return max(hidden, key=lambda test: test.max_points).message if hidden else ""


def _names(tests: Sequence[TestOutcome]) -> tuple[str, ...]:
    return tuple(test.name for test in tests)


def unfinished_functions(sources: Iterable[str]) -> set[str]:
    """Return the functions and classes whose last definition still has a ``...`` to fill in."""
    empty: dict[str, bool] = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                empty[node.name] = any(_is_gap(inner) for inner in ast.walk(node))
    return {name for name, is_empty in empty.items() if is_empty}


def _is_gap(node: ast.AST) -> bool:
    """``...`` as a statement, or as all that is assigned."""
    return (
        isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and node.value.value is ...
    )


def behaviour(answers: Mapping[str, Signature]) -> str:
    """A short name for how an exercise's functions behave: equal for students who answer alike."""
    rounded = {
        name: [[str(answer.kind), _rounded(answer.value)] for answer in signature]
        for name, signature in sorted(answers.items())
    }
    return hashlib.sha256(json.dumps(rounded).encode()).hexdigest()[:12] if answers else ""


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.{SIGNIFICANT}g}" if abs(value) > 1e-6 else "0"
    return [_rounded(part) for part in value] if isinstance(value, list) else value
