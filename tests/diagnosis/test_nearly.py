"""Answers that are like a known one in all that matters, and those that only seem so."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch

from autograder.diagnosis.answers import Answer, of_error, of_value
from autograder.diagnosis.asking import FunctionProbes, Group, Probe
from autograder.diagnosis.known import KnownFunction, Misread, Signature
from autograder.diagnosis.nearly import same_crashes, same_numbers

REFUSED = of_error(ValueError("n is -1"))
CRASHED = of_error(RuntimeError("stack expects a non-empty list"))
RIGHT = (*(of_value(torch.tensor([n, n / 2])) for n in (1.0, 2.0, 3.0, 4.0)), REFUSED, REFUSED)


def known(values: dict[str, Signature]) -> KnownFunction:
    """A function asked four calls within range and two beyond; sentences are named by sample."""
    groups = [Group.VALUES] * 4 + [Group.REFUSALS] * 2
    probes = tuple(Probe(f"share({at})", group) for at, group in enumerate(groups))
    return KnownFunction(
        probes=FunctionProbes(name="share", probes=probes, needs=(), tolerance=1e-4, floor=1e-6),
        right=(RIGHT,),
        values=tuple(
            Misread(sample=name, sentence=name, fails=frozenset(), answers=answers)
            for name, answers in values.items()
        ),
        refusals=(),
    )


def changed(**answers: Answer) -> Signature:
    """The right answers, but for some: ``at_2=...`` is the third."""
    return tuple(answers.get(f"at_{at}", right) for at, right in enumerate(RIGHT))


def names(found: list[Misread]) -> list[str]:
    return [one.sample for one in found]


@pytest.mark.parametrize(
    "counts",
    [torch.tensor([2, 1]), np.array([2, 1]), [2, 1], [torch.tensor(2.0), torch.tensor(1.0)]],
    ids=["whole", "numpy", "list", "list of tensors"],
)
def test_wrong_numbers_are_the_same_wherever_they_stand(counts: object) -> None:
    function = known({"a": changed(at_0=of_value(torch.tensor([2.0, 1.0])))})
    assert names(same_numbers(function, changed(at_0=of_value(counts)))) == ["a"]
    assert not same_numbers(function, changed(at_0=of_value([2, 2])))
    assert not same_numbers(function, changed(at_0=of_value([[2, 1]])))


def test_right_numbers_in_the_wrong_place_are_a_mistake_of_their_own() -> None:
    function = known({"a": changed(at_1=of_value(torch.tensor([2, 1])))})
    assert not same_numbers(function, changed(at_1=of_value([2, 1])))
    mask = of_value(torch.tensor([True, False]))
    masks = msgspec.structs.replace(
        known({"a": changed(at_0=of_value([1.0, 0.0]))}), right=(changed(at_0=mask),)
    )
    assert not same_numbers(masks, changed(at_0=of_value(torch.tensor([1, 0]))))


def test_a_crash_at_the_same_call_is_the_same_whatever_is_raised() -> None:
    function = known({"a": changed(at_3=CRASHED)})
    assert names(same_crashes(function, changed(at_3=of_error(KeyError("dog"))))) == ["a"]
    assert not same_crashes(function, changed(at_2=of_error(KeyError("dog"))))
    assert not same_crashes(function, changed(at_3=REFUSED)), "a refusal is no crash"
    assert not same_crashes(function, RIGHT)


def test_a_crash_that_is_not_all_or_not_rare_names_nothing() -> None:
    often = changed(at_2=CRASHED, at_3=CRASHED)
    assert not same_crashes(known({"a": often}), often)
    besides = changed(at_2=of_value(0), at_3=CRASHED)
    assert not same_crashes(known({"a": changed(at_3=CRASHED)}), besides)
    twice = {"a": changed(at_3=CRASHED), "b": changed(at_3=of_error(TypeError("")))}
    assert not same_crashes(known(twice), changed(at_3=CRASHED))
