"""Comparisons shared by the hidden tests.

Values come from student code: every check looks at the exact type first, so that no method a
student wrote is ever called, and every failure is an ``AssertionError``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

observer: Callable[[float, float], None] | None = None
"""Told each comparison's largest difference and what was allowed; set by the calibration only."""


def _observe(difference: float, allowed: float) -> None:
    if observer is not None:
        observer(difference, allowed)


def each(function: Callable[..., Any], calls: Sequence[Sequence[Any]]) -> list[Any]:
    """Return what a student's function returns for each list of arguments, in order.

    A function in another process may be asked everything at once: the calls must not share what it
    could change, but for an argument that one call passes on to the next, such as a generator.
    """
    at_once = getattr(type(function), "call_each", None)
    if at_once is not None:
        results: list[Any] = at_once(function, calls)
        return results
    return [function(*arguments) for arguments in calls]


def tensor(value: Any, shape: Sequence[int] | None = None) -> torch.Tensor:
    """Return a student's tensor or array as a detached float64 (or int64, bool) tensor.

    Args:
        value: what a student's function returned.
        shape: the shape it must have; any when None.

    Raises:
        AssertionError: not a tensor or array, another shape, or NaN or infinite entries.
    """
    assert type(value) in (torch.Tensor, torch.nn.Parameter, np.ndarray), (
        f"expected a tensor, got {type(value).__name__}"
    )
    result = torch.from_numpy(value) if type(value) is np.ndarray else value.detach()
    if shape is not None:
        assert tuple(result.shape) == tuple(shape), (
            f"expected shape {tuple(shape)}, got {tuple(result.shape)}"
        )
    if result.is_floating_point():
        result = result.to(torch.float64)
        assert bool(torch.isfinite(result).all()), "NaN or infinite entries"
    return result


def varies(rows: torch.Tensor) -> None:
    """Assert that not every row is the same, as in an answer that looks at no input."""
    assert len(rows) < 2 or float(rows.double().std(dim=0).max()) > 1e-4, "all rows are the same"


def close(
    value: Any, expected: torch.Tensor, *, atol: float, rtol: float = 0.0, what: str = "value"
) -> None:
    """Assert that a student's tensor equals ``expected`` within ``atol + rtol * |expected|``."""
    actual = tensor(value, expected.shape).to(torch.float64)
    difference = (actual - expected.detach().to(torch.float64)).abs()
    allowed = atol + rtol * expected.detach().to(torch.float64).abs()
    if difference.numel():
        worst = (difference / allowed.clamp_min(1e-300)).argmax()
        _observe(difference.flatten()[worst].item(), allowed.flatten()[worst].item())
    assert bool((difference <= allowed).all()), (
        f"{what} differs by up to {difference.max().item():.3g} (allowed {atol:.3g})"
    )


def number(value: Any) -> float:
    """Return a student's number (Python, numpy or zero-dimensional tensor) as a float."""
    if type(value) in (torch.Tensor, np.ndarray):
        assert value.ndim == 0, f"expected one number, got shape {tuple(value.shape)}"
        value = value.item()
    elif isinstance(value, np.generic):
        value = value.item()
    assert type(value) in (int, float), f"expected a number, got {type(value).__name__}"
    assert math.isfinite(value), "expected a finite number"
    return float(value)


def close_number(
    value: Any, expected: float, *, rel: float = 1e-9, abs_: float = 0.0, what: str = "value"
) -> None:
    """Assert that a student's number equals ``expected`` within ``max(rel * |expected|, abs_)``."""
    actual = number(value)
    _observe(abs(actual - expected), max(rel * max(abs(actual), abs(expected)), abs_))
    assert math.isclose(actual, expected, rel_tol=rel, abs_tol=abs_), (
        f"{what} is {actual!r}, expected {expected!r}"
    )


def integer(value: Any, expected: int, what: str = "value") -> None:
    """Assert that a student's number is exactly the integer ``expected``."""
    assert number(value) == expected, f"{what} is {value!r}, expected {expected}"


def truth(value: Any) -> bool:
    """Return a student's yes or no (Python, numpy or zero-dimensional tensor) as a bool."""
    if type(value) in (torch.Tensor, np.ndarray):
        assert value.ndim == 0, f"expected one bool, got shape {tuple(value.shape)}"
        value = value.item()
    assert type(value) in (bool, np.bool_), f"expected a bool, got {type(value).__name__}"
    return bool(value)


def rejects(
    function: Callable[..., Any], *args: Any, naming: str | Sequence[str], **kwargs: Any
) -> None:
    """Assert that a call raises ``ValueError`` whose message names one of the arguments.

    Args:
        naming: the name, or any one of several names, that the message must contain.
    """
    names = (naming,) if isinstance(naming, str) else tuple(naming)
    try:
        function(*args, **kwargs)
    except ValueError as error:
        message = str(error)
        assert any(name in message for name in names), (
            f"the ValueError names none of {names}: {message!r}"
        )
        return
    raise AssertionError(f"no ValueError for a bad {' or '.join(names)}")


def keeps_double(
    function: Callable[[torch.Tensor], Any], point: torch.Tensor, step: torch.Tensor
) -> None:
    """Assert that a smooth function of double precision rounds nothing to single precision.

    The answer is compared with the student's own, so that a wrong value passes: two steps change it
    twice as much as one. The grain of single precision, 6e-8, breaks that for steps of 1e-7, and
    curvature (1e-14) does not.

    Args:
        function: a student's function of one tensor, the others fixed.
        point: where to start, float64.
        step: a direction of the same shape with entries near 1.

    Raises:
        AssertionError: the answer is not float64, or changes in jumps.
    """
    answers = [function(point + 1e-7 * count * step) for count in range(3)]
    here, near, far = (tensor(answer) for answer in answers)
    assert str(answers[0].dtype).endswith("float64"), f"the result is {answers[0].dtype}"
    bend = (far - 2 * near + here).abs().max().item()
    _observe(bend, 1e-9)
    assert bend <= 1e-9, f"the result changes in jumps of {bend:.1g}: something is rounded"
