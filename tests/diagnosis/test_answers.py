"""Answers compare by what matters and read like what a person would type."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.diagnosis.answers import Kind, agree, of_error, of_value, unfit

ALIKE = [
    (5, 5.0),
    (np.float32(0.5), 0.5),
    (torch.tensor(3), 3),
    (torch.tensor([1.0, 2.0]), np.array([1.0, 2.0])),
    (torch.tensor([1.0]).double(), torch.tensor([1.0])),
    ((1, 2), [1, 2]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (math.nan, float("nan")),
]
UNLIKE = [
    (1, True),
    (1, 1.001),
    (torch.tensor([1.0]), torch.tensor([1])),
    (torch.tensor([1, 0]), torch.tensor([True, False])),
    (torch.tensor([[1.0, 2.0]]), torch.tensor([1.0, 2.0])),
    (torch.tensor([1.0, 2.0]), [1.0, 2.0]),
    ([1, 2], [1, 2, 3]),
    (math.inf, 1e30),
    (None, 0),
    ("a", "b"),
]


def alike(one: object, other: object) -> bool:
    return agree(of_value(one), of_value(other), 1e-4, 1e-6)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_is_the_same_to_a_reader_is_one_answer(one, other) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_differs_in_kind_shape_or_size_is_another_answer(one, other) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


def test_exceptions_are_alike_by_type_and_not_by_message() -> None:
    assert agree(of_error(ValueError("a")), of_error(ValueError("b")), 0, 0)
    assert not agree(of_error(ValueError("a")), of_error(TypeError("a")), 0, 0)
    assert not agree(of_error(ValueError("a")), of_value(None), 0, 0)


@given(st.floats(-1e6, 1e6), st.floats(-1, 1))
def test_rounding_of_single_precision_is_no_difference(value: float, noise: float) -> None:
    assert alike(value, value * (1 + 1e-6 * noise))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([[0.73105, 0.26894]]), "tensor([[0.7311, 0.2689]])"),
        ((torch.tensor([1.0]), torch.tensor([2])), "(tensor([1]), tensor([2]))"),
        ({"weights": 2.0}, "{weights: 2}"),
        ([np.float64(0.04), np.bool_(True)], "[0.04, True]"),
        (None, "None"),
        ("it's", '"it\'s"'),
        (object(), "an object of type object"),
    ],
)
def test_values_read_as_people_write_them(value, text) -> None:
    assert of_value(value).shown == text


def test_long_values_are_cut() -> None:
    assert len(of_value(torch.zeros(5000)).shown) <= 300
    assert len(of_value("x" * 10_000).shown) <= 420


def test_a_value_that_a_probe_stumbles_over_is_no_crash_and_compares_like_one() -> None:
    error = AttributeError("'list' object has no attribute 'shape'")
    assert unfit(error).kind is Kind.UNFIT
    assert unfit(error).shown == (
        "no such answer (AttributeError: 'list' object has no attribute 'shape')"
    )
    assert agree(unfit(error), of_error(error), 0, 0)
