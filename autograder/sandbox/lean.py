"""Libraries without the parts that are seldom or never used here, and imports in one go.

PyTorch's compiler: the first optimizer imports its 600 modules: 2 s, and 70 MB that each fork
copies. A stand-in takes its place. The first import of a submodule, and the first use of anything
but the two functions that optimizers call, replaces it by the real one, switched off:
``torch.compile`` returns a function that runs as written, since a student's process can start no
C++ compiler.

Otter's test files: its package imports nbconvert and pandas, 0.6 s and 80 MB, and two modules of it
that need neither read a test file.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

COMPILER = "torch._dynamo"


class _Later(types.ModuleType):
    """Stands for the compiler until more is asked of it than optimizers ask."""

    # A package, so that imports of submodules reach the finder below.
    __path__: list[str] = []

    def disable(self, function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        return function

    def graph_break(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_import_compiler(), name)


class _Submodules(MetaPathFinder, Loader):
    """Imports the real compiler when one of its submodules is wanted."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for submodules of the stand-in, once the real package has imported them."""
        if not name.startswith(COMPILER + ".") or not _stands_in():
            return None
        _import_compiler()
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            return None
        return ModuleSpec(name, self)

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """Return the module that is there already."""
        module = sys.modules[spec.name]
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing but give the module back its own spec: it has been executed."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


def leave_out_the_compiler() -> None:
    """Put the stand-in into the place of PyTorch's compiler, if that is not imported yet."""
    if COMPILER not in sys.modules:
        import torch

        sys.modules[COMPILER] = torch._dynamo = _Later(COMPILER)
        sys.meta_path.insert(0, _Submodules())


def _stands_in() -> bool:
    return isinstance(sys.modules.get(COMPILER), _Later)


def _import_compiler() -> types.ModuleType:
    import torch

    if _stands_in():
        del sys.modules[COMPILER], torch._dynamo
        # Not by its configuration, under which ``fullgraph=True`` is an error.
        os.environ["TORCHDYNAMO_DISABLE"] = "1"
    return importlib.import_module(COMPILER)


@contextlib.contextmanager
def only_test_files() -> Iterator[None]:
    """Let ``otter.test_files`` be imported without the rest of otter, unless that is here already.

    Inside, ``otter`` and ``otter.test_files`` are packages in which nothing was run; they go again,
    so that who needs all of otter later gets it.
    """
    spec = None if "otter" in sys.modules else importlib.util.find_spec("otter")
    if spec is None:
        yield
        return
    otter, test_files = types.ModuleType("otter"), types.ModuleType("otter.test_files")
    otter.__path__ = list(spec.submodule_search_locations or ())
    test_files.__path__ = [os.path.join(folder, "test_files") for folder in otter.__path__]
    sys.modules |= {"otter": otter, "otter.test_files": test_files}
    try:
        # What a test file imports by the name of its package.
        tests: Any = importlib.import_module("otter.test_files.exception_test")
        test_files.test_case = tests.test_case  # type: ignore[attr-defined]
        yield
    finally:
        del sys.modules["otter"], sys.modules["otter.test_files"]


@contextlib.contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Import much: what is made inside stays, and looking through it again and again takes 0.3 s.

    It is never looked through later either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
