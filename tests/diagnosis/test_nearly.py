"""Answers that are like a known one in all that matters, and those that only seem so."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from autograder.diagnosis.answers import Answer, of_error, of_value
from autograder.diagnosis.asking import FunctionProbes, Group, Probe
from autograder.diagnosis.known import KnownFunction, Misread, Signature
from autograder.diagnosis.nearly import same_checks, same_crashes, same_numbers

REFUSED = of_error(ValueError("n is -1"))
CRASHED = of_error(RuntimeError("stack expects a non-empty list"))
RIGHT = (*(of_value(torch.tensor([n, n / 2])) for n in (1.0, 2.0, 3.0, 4.0)), REFUSED, REFUSED)


def known(
    values: dict[str, Signature] | None = None, refusals: dict[str, Signature] | None = None
) -> KnownFunction:
    """A function asked four calls within range and two beyond; sentences are named by sample."""
    groups = [Group.VALUES] * 4 + [Group.REFUSALS] * 2
    probes = tuple(Probe(f"share({at})", group) for at, group in enumerate(groups))
    found = (
        tuple(
            Misread(sample=name, sentence=name[0], fails=frozenset(), answers=answers)
            for name, answers in (answers_of or {}).items()
        )
        for answers_of in (values, refusals)
    )
    asked = FunctionProbes(name="share", probes=probes, needs=(), tolerance=1e-4, floor=1e-6)
    return KnownFunction(
        probes=asked, right=(RIGHT,), **dict(zip(("values", "refusals"), found, strict=True))
    )


def changed(**answers: Answer) -> Signature:
    """The right answers, but for some: ``at_2=...`` is the third."""
    return tuple(answers.get(f"at_{at}", right) for at, right in enumerate(RIGHT))


def names(found: list[Misread]) -> list[str]:
    return [one.sample for one in found]


@pytest.mark.parametrize("instead", [of_value(0), CRASHED], ids=["a value", "a crash"])
def test_what_a_missing_check_lets_through_is_chance(instead: Answer) -> None:
    function = known(refusals={"a": changed(at_4=of_value(-1))})
    assert names(same_checks(function, changed(at_4=instead))) == ["a"]
    assert not same_checks(function, changed(at_5=instead))
    assert not same_checks(function, changed(at_4=instead, at_5=instead))


def test_a_missing_check_is_not_named_where_something_else_may_be_the_reason() -> None:
    beyond = changed(at_4=of_value(-1))
    wrong = changed(at_0=of_value(7), at_4=of_value(-1))
    assert not same_checks(known(refusals={"a": beyond}), wrong)
    assert not same_checks(known(values={"a": wrong}, refusals={"a": wrong}), beyond)
    assert not same_checks(known(refusals={"a": beyond, "b": beyond}), beyond)


@pytest.mark.parametrize(
    "counts",
    [torch.tensor([2, 1]), np.array([2, 1]), [2, 1], [torch.tensor(2.0), torch.tensor(1.0)]],
    ids=["whole", "numpy", "list", "list of tensors"],
)
def test_wrong_numbers_are_the_same_wherever_they_stand(counts: object) -> None:
    function = known(values={"a": changed(at_0=of_value(torch.tensor([2.0, 1.0])))})
    assert names(same_numbers(function, changed(at_0=of_value(counts)))) == ["a"]
    assert not same_numbers(function, changed(at_0=of_value([2, 2])))
    assert not same_numbers(function, changed(at_0=of_value([[2, 1]])))


def test_right_numbers_in_the_wrong_place_are_a_mistake_of_their_own() -> None:
    function = known(values={"a": changed(at_1=of_value(torch.tensor([2, 1])))})
    assert not same_numbers(function, changed(at_1=of_value([2, 1])))
    mask = of_value(torch.tensor([True, False]))
    masks = msgspec.structs.replace(
        known(values={"a": changed(at_0=of_value([1.0, 0.0]))}), right=(changed(at_0=mask),)
    )
    assert not same_numbers(masks, changed(at_0=of_value(torch.tensor([1, 0]))))


def test_a_crash_at_the_same_call_is_the_same_whatever_is_raised() -> None:
    function = known(values={"a": changed(at_3=CRASHED)})
    assert names(same_crashes(function, changed(at_3=of_error(KeyError("dog"))))) == ["a"]
    assert not same_crashes(function, changed(at_2=of_error(KeyError("dog"))))
    assert not same_crashes(function, changed(at_3=REFUSED)), "a refusal is no crash"
    assert not same_crashes(function, RIGHT)


def test_a_crash_that_is_not_all_or_not_rare_names_nothing() -> None:
    often = changed(at_2=CRASHED, at_3=CRASHED)
    assert not same_crashes(known(values={"a": often}), often)
    besides = changed(at_2=of_value(0), at_3=CRASHED)
    assert not same_crashes(known(values={"a": changed(at_3=CRASHED)}), besides)
    twice = {"a": changed(at_3=CRASHED), "b": changed(at_3=of_error(TypeError("")))}
    assert not same_crashes(known(values=twice), changed(at_3=CRASHED))
