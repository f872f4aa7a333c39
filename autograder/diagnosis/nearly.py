"""Sample answers that a function answers like in all that matters, though not letter by letter.

Asked only where no sample answer answers alike. Each way of being alike names nothing where sample
answers that say different things are alike in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograder.diagnosis.answers import Kind, raised, same
from autograder.diagnosis.known import KnownFunction, Misread, Signature

CRASHES = (Kind.RAISED, Kind.UNFINISHED)
FEW = 1 / 4
"""Of the questions within range: a crash at no more of them does not hide what the others say."""


def same_numbers(function: KnownFunction, answers: Signature) -> list[Misread]:
    """Those whose answers hold the same wrong numbers: floats or ints, in tensors or in lists.

    Where the numbers are right, what holds them is the mistake, and that must be the same.
    """
    if any(_alike_in_numbers(function, answers, right) for right in function.right):
        return []
    return of_one_mind(
        one for one in function.values if _alike_in_numbers(function, answers, one.answers)
    )


def same_crashes(function: KnownFunction, answers: Signature) -> list[Misread]:
    """Those who crash at the same few calls and are right at all others, whatever they raise.

    Only a ValueError is not like other exceptions: it may be a refusal.
    """
    crashes = _few_crashes(function, answers)
    return of_one_mind(
        one for one in function.values if crashes and _few_crashes(function, one.answers) == crashes
    )


def of_one_mind(found: Iterable[Misread]) -> list[Misread]:
    """Those that were found, if all of them say the same; else none."""
    alike = list(found)
    return alike if len({one.sentence for one in alike}) == 1 else []


def are_few(function: KnownFunction, crashed: Sequence[int]) -> bool:
    """Whether there are crashes, and so few that they hide nothing."""
    return 0 < len(crashed) <= FEW * len(function.places(False))


def _few_crashes(function: KnownFunction, answers: Signature) -> dict[int, bool]:
    """Where it crashes, and whether by a ValueError; empty if that is not all that is wrong."""
    if len(answers) != len(function.probes.probes):
        return {}
    wrong = [at for at in function.places(False) if not function.right_at(at, answers[at])]
    if not are_few(function, wrong) or any(answers[at].kind not in CRASHES for at in wrong):
        return {}
    return {at: raised(answers[at]) == "ValueError" for at in wrong}


def _alike_in_numbers(function: KnownFunction, one: Signature, other: Signature) -> bool:
    probes = function.probes
    return len(one) == len(other) and all(
        same(_numbers(one[at].value), _numbers(other[at].value), probes.tolerance, probes.floor)
        for at in function.places(False)
    )


def _numbers(value: Any) -> Any:
    """A canonical value in which tensors, masks among them, are nested lists of numbers."""
    if isinstance(value, list) and value[:1] == ["tensor"]:
        _, _, shape, flat = value
        return _nested([["number", float(number)] for number in flat], shape)
    return [_numbers(part) for part in value] if isinstance(value, list) else value


def _nested(flat: list[Any], shape: list[int]) -> list[Any]:
    if not shape:
        return list(flat[0]) if flat else []
    step = len(flat) // shape[0] if shape[0] else 0
    parts = [flat[at * step : (at + 1) * step] for at in range(shape[0])]
    return ["several", [_nested(part, shape[1:]) for part in parts]]
