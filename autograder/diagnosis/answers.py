"""What a function answered, in a form that can be compared, stored and shown."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
import torch

MAX_NUMBERS = 2_000
MAX_DEPTH = 6
MAX_TEXT = 400
MAX_SHOWN = 300


class Kind(StrEnum):
    """How a call ended."""

    VALUE = "value"
    RAISED = "raised"
    UNFIT = "unfit"
    """It came back with something that the probe could do nothing with."""
    UNFINISHED = "unfinished"
    """The process ended, or time ran out."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How one probe was answered."""

    kind: Kind
    value: Any = None
    """Plain lists that begin with a tag: what came back, or the exception's class name."""
    shown: str = ""
    """For people: what came back, or type and message of the exception."""


def of_value(value: Any) -> Answer:
    """The answer that a returned value is."""
    return Answer(kind=Kind.VALUE, value=canonical(value), shown=shown(value))


def of_error(error: Exception) -> Answer:
    """The answer that an exception is; its message is for people and is not compared."""
    name = type(error).__name__
    text = " ".join(str(error).split())[:MAX_TEXT]
    return Answer(
        kind=Kind.RAISED, value=["raised", name], shown=f"{name}: {text}" if text else name
    )


def raised(answer: Answer) -> str:
    """The name of the exception that an answer compares like; empty for any other answer."""
    is_raised = isinstance(answer.value, list) and answer.value[:1] == [Kind.RAISED]
    return str(answer.value[1]) if is_raised else ""


def unfit(error: Exception) -> Answer:
    """The answer that a value is with which the probe itself stumbles.

    It compares like an exception: where one is noticed is a matter of how the code is run.
    """
    like = of_error(error)
    return Answer(kind=Kind.UNFIT, value=like.value, shown=f"no such answer ({like.shown})")


def unfinished(reason: str) -> Answer:
    """The answer of a call that never came back."""
    return Answer(kind=Kind.UNFINISHED, value=["unfinished"], shown=reason)


def canonical(value: Any, depth: int = 0) -> list[Any]:
    """Return a value as nested lists of plain numbers and text, with what matters about its type.

    Numpy and zero-dimensional torch scalars are the Python numbers they stand for; arrays are
    tensors, of which it is kept whether they hold float, int or bool. A dict has no order.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach()
        return _tensor(value.numpy() if value.dtype != torch.bfloat16 else value.float().numpy())
    if isinstance(value, np.ndarray | np.generic):
        return _tensor(np.asarray(value))
    if isinstance(value, bool | int | float):
        return _number(value)
    if isinstance(value, str):
        return ["text", value[:MAX_TEXT]]
    if value is None or value is ...:
        return ["nothing"]
    if depth < MAX_DEPTH and isinstance(value, tuple | list):
        return ["several", [canonical(part, depth + 1) for part in value[:MAX_NUMBERS]]]
    if depth < MAX_DEPTH and isinstance(value, dict):
        pairs = [(str(key)[:80], part) for key, part in list(value.items())[:MAX_NUMBERS]]
        return [
            "dict",
            [
                [key, canonical(part, depth + 1)]
                for key, part in sorted(pairs, key=lambda pair: pair[0])
            ],
        ]
    return ["object"]


def _tensor(array: np.ndarray[Any, Any]) -> list[Any]:
    kind = {"f": "float", "c": "complex", "b": "bool"}.get(array.dtype.kind, "int")
    if kind == "complex":
        return ["object"]
    if array.ndim == 0:
        return _number(array.item())
    return ["tensor", kind, list(array.shape), array.reshape(-1)[:MAX_NUMBERS].tolist()]


def _number(value: bool | int | float) -> list[Any]:
    """5 and 5.0 are one number; True is none."""
    return ["truth", value] if isinstance(value, bool) else ["number", float(value)]


def same(one: Any, other: Any, tolerance: float, floor: float) -> bool:
    """Whether two canonical values are one answer.

    Args:
        one: a canonical value.
        other: another.
        tolerance: numbers may differ by this share of their size.
        floor: numbers may differ by this, whatever their size.
    """
    if isinstance(one, float) or isinstance(other, float):
        return _close(one, other, tolerance, floor)
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(same(a, b, tolerance, floor) for a, b in zip(one, other, strict=True))
        )
    return type(one) is type(other) and bool(one == other)


def _close(one: Any, other: Any, tolerance: float, floor: float) -> bool:
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    if not (math.isfinite(one) and math.isfinite(other)):
        return str(float(one)) == str(float(other))
    return abs(one - other) <= max(floor, tolerance * max(abs(one), abs(other)))


def agree(one: Answer, other: Answer, tolerance: float, floor: float) -> bool:
    """Whether two probes were answered alike.

    Most answers are equal to the last digit, which is quick to see; a tag within them keeps True
    from being 1.
    """
    return one.value == other.value or same(one.value, other.value, tolerance, floor)


def shown(value: Any) -> str:
    """A value for people: numbers to four places, long ones cut."""
    text = _text(value, 0)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"


def _text(value: Any, depth: int) -> str:
    if isinstance(value, torch.Tensor):
        value = value.detach()
        value = value.float().numpy() if value.dtype == torch.bfloat16 else value.numpy()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        inside = _text(value.reshape(-1)[:MAX_NUMBERS].tolist(), depth)
        if max(value.size, *value.shape, 0) <= MAX_NUMBERS:
            inside = _text(value.tolist(), depth)
        return f"tensor({inside})" if value.ndim else inside
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return repr(value[:MAX_TEXT])
    if depth >= MAX_DEPTH:
        return "..."
    if isinstance(value, tuple | list):
        inside = ", ".join(_text(part, depth + 1) for part in value[:50])
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, dict):
        pairs = list(value.items())[:50]
        return "{" + ", ".join(f"{key!s}: {_text(part, depth + 1)}" for key, part in pairs) + "}"
    if isinstance(value, bool | int) or value is None:
        return str(value)
    return "..." if value is ... else f"an object of type {type(value).__name__}"
