"""PyTorch without its compiler, for the processes in which nobody compiles."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

COMPILER = "torch._dynamo"


class _Later(types.ModuleType):
    """Stands for the compiler until somebody asks for more than optimizers do."""

    def disable(self, function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        return function

    def graph_break(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_import_compiler(), name)


def leave_out_the_compiler() -> None:
    """Keep the first optimizer from importing 600 modules: 2 s, and 70 MB that each fork copies.

    ``torch.compile`` still works; it imports them when it is called.
    """
    if COMPILER not in sys.modules:
        import torch

        sys.modules[COMPILER] = torch._dynamo = _Later(COMPILER)


def _import_compiler() -> types.ModuleType:
    import torch

    if isinstance(sys.modules.get(COMPILER), _Later):
        del sys.modules[COMPILER], torch._dynamo
    return importlib.import_module(COMPILER)
