"""What a function's answers mean: the sentence that a student reads about each wrong function."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from autograder.diagnosis.answers import Answer, Kind, raised
from autograder.diagnosis.asking import Group
from autograder.diagnosis.known import KnownFunction, Misread, Signature
from autograder.diagnosis.naming import is_failed_code
from autograder.diagnosis.nearly import (
    CRASHES,
    are_few,
    of_one_mind,
    same_crashes,
    same_numbers,
)
from autograder.model import Finding, FindingKind, TestOutcome

SIGNIFICANT = 3
"""Digits to which answers are rounded where students are grouped by behaviour."""
REFUSALS = ("ValueError", "AssertionError")
"""Exceptions that a check raises; an assert is the wrong one."""
REMEMBERED = 20_000
"""Characters of a cell whose definitions are kept for the next notebook."""


def diagnose(
    known: Sequence[KnownFunction],
    answers: Mapping[str, Signature],
    tests: Sequence[TestOutcome],
    arguments: Mapping[str, frozenset[str]],
    sources: Iterable[str],
) -> tuple[Finding, ...]:
    """Say what is wrong with each function that a failed test asked about.

    For each, the first of these that holds: it is not there, it raises, its answers are those of a
    known misconception, or they are nobody's, and the smallest call that shows it is named. A
    function that raises at few calls and is a known misconception at the others gets two findings.
    One that calls a function that is wrong within range is not judged there, nor is it out of range
    where that one checks too little.

    Args:
        known: the exercise's functions and the answers of its sample answers.
        answers: the student's answers, by function.
        tests: the exercise's tests, judged.
        arguments: the names that each test asks for.
        sources: the student's cells, to tell an empty function from a wrong one.
    """
    failed = [test for test in tests if is_failed_code(test)]
    if not failed:
        return ()
    defined = definitions(sources)
    empty, called = unfinished_functions(defined), called_functions(defined)
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
        else:
            below = {*function.probes.needs, *called.get(name, ())} - {name}
            for refusals in _of_its_own(function, answers[name], wrong, below):
                findings += _explain(function, answers[name], refusals, own, weights)
    return tuple(findings)


def _of_its_own(
    function: KnownFunction,
    answers: Signature,
    wrong: Mapping[str, Sequence[bool]],
    below: Iterable[str],
) -> Iterator[bool]:
    """Where it is wrong and nothing that it calls is, unless another finding says all of it."""
    inherited = {place for other in below for place in wrong.get(other, ())}
    for refusals in wrong.get(function.probes.name, ()):
        if refusals not in inherited and not (refusals and _crashes_anyway(function, answers)):
            yield refusals


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
    told = {str(answer.value) for answer in within if answer.kind in CRASHES}
    return bool(told) and all(
        answer.kind in CRASHES and (str(answer.value) in told or raised(answer) == "ValueError")
        for answer in beyond
    )


def _same_as(function: KnownFunction, answers: Signature, refusals: bool) -> list[Misread]:
    candidates = function.refusals if refusals else function.values
    same = [one for one in candidates if function.alike(answers, one.answers, refusals)]
    if same or refusals:
        return same or _same_checks(function, answers)
    return (
        same_numbers(function, answers)
        or _same_besides_crashes(function, answers)
        or same_crashes(function, answers)
    )


def _same_besides_crashes(function: KnownFunction, answers: Signature) -> list[Misread]:
    """Those who answer alike wherever the function does not crash, if it does so at few calls.

    None where they say different things: then the crashes hide which of them it is.
    """
    crashed, differing = _wrong_at(function, answers, refusals=False)
    if not are_few(function, crashed) or not differing:
        return []
    rest = [at for at in function.places(False) if at not in crashed]
    return of_one_mind(
        one
        for one in function.values
        if len(one.answers) == len(answers) and function.alike_at(rest, answers, one.answers)
    )


def _same_checks(function: KnownFunction, answers: Signature) -> list[Misread]:
    """Those who refuse the same questions and are right within range, if this one is right there.

    What comes of a question that should be refused, a number or an exception of torch, is a matter
    of how the code is written. None where they say different things.
    """
    if not function.is_right(answers, refusals=False):
        return []
    wrong_within = {one.sample for one in function.values}
    return of_one_mind(
        one
        for one in function.refusals
        if one.sample not in wrong_within
        and len(one.answers) == len(answers)
        and all(_refusal(answers[at]) == _refusal(one.answers[at]) for at in function.places(True))
    )


def _refusal(answer: Answer) -> str:
    """How a question was refused; empty where it was not."""
    name = raised(answer)
    return name if name in REFUSALS else ""


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
) -> Iterator[Finding]:
    same = max(
        _same_as(function, answers, refusals), key=lambda one: weights[one.sample], default=None
    )
    crashed, differing = _wrong_at(function, answers, refusals)
    # Each answer may be right by itself and only their mixture nobody's: then the first is shown.
    first = (differing or [0])[0]
    if same is not None and differing and are_few(function, crashed):
        yield _misconception(function, answers, first, same, own)
        # Who fits too little or refuses too much raises ValueError by the very misconception.
        besides = [at for at in crashed if raised(answers[at]) != "ValueError"]
        if besides:
            yield _crash(function, answers, besides[0], None, own)
    elif crashed:
        yield _crash(function, answers, crashed[0], same, own)
    elif same is not None:
        yield _misconception(function, answers, first, same, own)
    else:
        name, call = function.probes.name, function.probes.probes[first].call
        yield Finding(
            function=name,
            kind=FindingKind.COUNTEREXAMPLE,
            sentence=_unknown_sentence(function, answers, refusals),
            call=call,
            came=answers[first].shown,
            expected=function.right[0][first].shown,
            closest=_closest(own),
        )


def _misconception(
    function: KnownFunction,
    answers: Signature,
    at: int,
    same: Misread,
    own: Sequence[TestOutcome],
) -> Finding:
    follows = tuple(test.name for test in own if test.name in same.fails)
    return Finding(
        function=function.probes.name,
        kind=FindingKind.MISCONCEPTION,
        sentence=same.sentence,
        call=function.probes.probes[at].call,
        came=answers[at].shown,
        expected=function.right[0][at].shown,
        sample=same.sample,
        follows=follows,
    )


def _crash(
    function: KnownFunction,
    answers: Signature,
    at: int,
    same: Misread | None,
    own: Sequence[TestOutcome],
) -> Finding:
    name, came = function.probes.name, answers[at]
    raised = tuple(test.name for test in own if not test.detail.startswith("AssertionError"))
    how = "does not finish" if came.kind is Kind.UNFINISHED else f"raises {came.shown}"
    many = f" In {len(raised)} tests it could not be tried." if len(raised) > 1 else ""
    return Finding(
        function=name,
        kind=FindingKind.CRASH,
        sentence=f"{name} {how}.{many}",
        call=function.probes.probes[at].call,
        came=came.shown,
        expected=function.right[0][at].shown,
        sample=same.sample if same else "",
        follows=raised,
        misconception=same.sentence if same else "",
    )


def _wrong_at(
    function: KnownFunction, answers: Signature, refusals: bool
) -> tuple[list[int], list[int]]:
    """The probes that no right sample answer answers so: where it crashes, and where it differs.

    Out of range an exception of another type is a difference.
    """
    crashed: list[int] = []
    differing: list[int] = []
    for at in function.places(refusals):
        if at < len(answers) and not function.right_at(at, answers[at]):
            is_crash = not refusals and answers[at].kind in CRASHES
            (crashed if is_crash else differing).append(at)
    return crashed, differing


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


class Definition(NamedTuple):
    """A function or a class as a cell defines it."""

    name: str
    is_unfinished: bool
    """Whether it still has a ``...`` to fill in."""
    mentions: frozenset[str]
    """The names that it uses."""


def definitions(sources: Iterable[str]) -> dict[str, Definition]:
    """The last definition of each function and class."""
    return {
        one.name: one
        for source in sources
        for one in (_remembered if len(source) <= REMEMBERED else _defined_in)(source)
    }


def _defined_in(source: str) -> tuple[Definition, ...]:
    """What a cell defines; nothing if it is no plain Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(
        Definition(
            node.name,
            any(map(_is_gap, ast.walk(node))),
            frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)),
        )
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    )


# Most cells are the released ones, the same in every notebook of the class.
_remembered = lru_cache(maxsize=200)(_defined_in)


def unfinished_functions(defined: Mapping[str, Definition]) -> set[str]:
    """Return the functions and classes whose last definition still has a ``...`` to fill in."""
    return {name for name, one in defined.items() if one.is_unfinished}


def called_functions(defined: Mapping[str, Definition]) -> dict[str, set[str]]:
    """For each function and class, the others that it mentions, also by way of others."""
    called = {name: set(one.mentions & defined.keys()) for name, one in defined.items()}
    for _ in called:  # As many rounds as the longest chain of calls can have links.
        for others in called.values():
            others.update(*(called[other] for other in tuple(others)))
    return called


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
