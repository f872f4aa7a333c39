"""What several probes ask of a function beyond its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Function = Callable[..., Any]


def keeps_inputs(function: Function, *arguments: Any) -> bool:
    """Call a function and say whether its arguments are what they were."""
    before = [_copied(argument) for argument in arguments]
    function(*arguments)
    return all(_equal(old, new) for old, new in zip(before, arguments, strict=True))


def gradient(function: Function, values: torch.Tensor, *others: Any) -> torch.Tensor | None:
    """Gradient of a function's sum with respect to its first argument; None without one."""
    leaf = values.clone().requires_grad_()
    result = function(leaf, *others)
    if not (isinstance(result, torch.Tensor) and result.requires_grad):
        return None
    (found,) = torch.autograd.grad(result.sum(), [leaf], allow_unused=True)
    return found


def _copied(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return list(value) if isinstance(value, list) else value


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, torch.Tensor):
        return torch.equal(old, new)
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    return bool(old == new)


def is_double(value: Any) -> bool:
    """Whether a tensor or array is in double precision."""
    return str(value.dtype).endswith("float64")
