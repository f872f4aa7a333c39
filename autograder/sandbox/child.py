"""The student's process: runs cells, answers questions about what they defined.

Everything here is in the student's hands once the first cell has run: it can be patched, killed or
made to answer anything. The grader believes nothing of it beyond "this value came back".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator
from itertools import repeat
from operator import is_not
from typing import Any

import numpy as np
import torch

from . import protocol
from . import shell as shells
from .channel import Channel
from .decoding import Decoder
from .encoding import Encoder
from .protocol import (
    Answer,
    Ask,
    CallResult,
    DescribedHandle,
    Handle,
    Operation,
    Question,
    Verdict,
    Wire,
    WireTensor,
)

_MISSING = object()
SHORT = 200
"""Characters of a text that goes over before anybody asks for it."""
DESCRIBED, MOST_FIELDS = 1000, 16
"""Items of an answer whose attributes may go along, and how many of each."""
_WATCHED = (list, dict, set, torch.Tensor, torch.nn.Parameter, np.ndarray, torch.Generator,
            np.random.Generator, tuple)  # fmt: skip
_OPERATIONS: dict[Operation, Callable[[Any], Any]] = {
    Operation.LEN: len,
    Operation.ITER: iter,
    Operation.BOOL: bool,
    Operation.COPY: copy.copy,
    Operation.DEEPCOPY: copy.deepcopy,
}


class Objects:
    """The student's objects that the grader holds handles to, and the autograd bookkeeping."""

    def __init__(self, max_bytes: int) -> None:
        self._by_number: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._inputs: dict[int, int] = {}
        self._kept: list[torch.Tensor] = []
        self._tape: dict[int, torch.Tensor] = {}
        self._pending: dict[int, list[tuple[torch.Tensor, torch.Tensor]]] = {}
        self._next = 0
        self.encoder = Encoder(self._described, self._outgoing, max_bytes)
        self.snapshot = Encoder(self._handle, self._plain, max_bytes)
        self.decoder = Decoder(self.resolve, self._incoming)

    def _described(self, value: Any) -> Handle:
        """A handle with the attributes that can be told without running the student's code."""
        handle = self._handle(value)
        # Few enough that they take no part in the limits of a message.
        fields = _fields(value) if self.encoder.items <= DESCRIBED else []
        return DescribedHandle(handle.number, handle.label, fields=fields) if fields else handle

    def _handle(self, value: Any) -> Handle:
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._by_number)
            self._by_number.append(value)
            self._numbers[id(value)] = number
        return Handle(number, _label(value))

    def resolve(self, handle: Handle) -> Any:
        """The object behind a handle."""
        return self._by_number[handle.number]

    def _outgoing(self, tensor: torch.Tensor) -> tuple[int, int | None, Wire]:
        flags = protocol.PARAMETER if type(tensor) is torch.nn.Parameter else 0
        if not tensor.requires_grad:
            return flags, None, None
        flags |= protocol.REQUIRES_GRAD
        if tensor.is_leaf:
            number = self._handle(tensor).number
            return flags | protocol.LEAF, number, self._gradient(tensor)
        self._next += 1
        self._tape[self._next] = tensor
        known = [self._inputs[id(leaf)] for leaf in _leaves(tensor) if id(leaf) in self._inputs]
        return flags, self._next, known

    def _plain(self, tensor: torch.Tensor) -> tuple[int, int | None, Wire]:
        return 0, None, self._gradient(tensor) if tensor.is_leaf else None

    def _gradient(self, tensor: torch.Tensor) -> Wire:
        grad = tensor.grad
        if grad is None or type(grad) is not torch.Tensor or grad.layout is not torch.strided:
            return None
        shape, name = list(grad.shape), protocol.TORCH_NAMES[grad.dtype]
        return WireTensor(name, shape, protocol.tensor_bytes(grad), 0, None, None)

    def _incoming(self, tensor: torch.Tensor, sent: WireTensor) -> torch.Tensor:
        if sent.flags & protocol.PARAMETER:
            tensor = torch.nn.Parameter(tensor, bool(sent.flags & protocol.REQUIRES_GRAD))
        elif sent.flags & protocol.REQUIRES_GRAD:
            tensor.requires_grad_()
        if sent.reference is not None:
            self._inputs[id(tensor)] = sent.reference
            self._kept.append(tensor)
        return tensor

    def gradients(self, number: int, upstream: torch.Tensor) -> tuple[int, list[Any]]:
        """Vector-Jacobian products of one returned tensor with respect to the grader's inputs.

        The gradients of other leaves (parameters) wait under a token until ``commit``: the grader
        asks for that only when its own backward pass accumulates.
        """
        tensor = self._tape[number]
        leaves = list(_leaves(tensor))
        # The same as passing ``upstream`` on its own, for which torch would import sympy.
        weighted = (tensor * upstream).sum()
        found = torch.autograd.grad(weighted, leaves, retain_graph=True, allow_unused=True)
        pairs = [(leaf, g) for leaf, g in zip(leaves, found, strict=True) if g is not None]
        wanted = [(leaf, g) for leaf, g in pairs if id(leaf) in self._inputs]
        self._next += 1
        self._pending[self._next] = [(leaf, g) for leaf, g in pairs if id(leaf) not in self._inputs]
        return self._next, [[self._inputs[id(leaf)], g.detach()] for leaf, g in wanted]

    def commit(self, token: int) -> None:
        """Accumulate waiting gradients into ``.grad``."""
        for leaf, gradient in self._pending.pop(token):
            leaf.grad = gradient.clone() if leaf.grad is None else leaf.grad + gradient

    def forget(self, numbers: list[int]) -> None:
        """Drop tensors whose graph the grader no longer holds."""
        for number in numbers:
            self._tape.pop(number, None)


def _leaves(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the leaves that a tensor's graph reaches, each once."""
    stack, seen = [tensor.grad_fn], set()
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            yield leaf
        stack.extend(parent for parent, _ in node.next_functions)


def _is_plain(value: Any) -> bool:
    """Whether a value is a short one that cannot change."""
    kind: type = type(value)
    if kind is str:
        return bool(len(value) <= SHORT)
    if kind is int:
        return bool(-(2**63) <= value < 2**63)
    return value is None or kind is bool or kind is float


def _fields(value: Any) -> list[tuple[str, Any]]:
    """The plain attributes of an instance of a frozen dataclass, if looking them up runs no code.

    That they are frozen decides nothing, a student can get around it: the grader reads them from
    here only until it asks the next question.
    """
    kind: type = type(value)
    if type(kind) is not type:
        return []
    look_up: Any = kind.__getattribute__
    if look_up is not object.__getattribute__:
        return []
    parameters = kind.__dict__.get("__dataclass_params__")
    own = getattr(value, "__dict__", None)
    if getattr(parameters, "frozen", False) is not True or type(own) is not dict:
        return []
    return [
        (name, item)
        for name, item in list(own.items())[:MOST_FIELDS]
        if type(name) is str and _is_plain(item) and not _is_computed(kind, name)
    ]


def _is_computed(kind: type, name: str) -> bool:
    """Whether the class has a property or the like, which goes before what an instance holds."""
    for base in kind.__mro__:
        if name in base.__dict__:
            descriptor = type(base.__dict__[name])
            return hasattr(descriptor, "__set__") or hasattr(descriptor, "__delete__")
    return False


def _label(value: Any) -> str:
    named = value if isinstance(value, type) or callable(value) else type(value)
    name = getattr(named, "__name__", type(value).__name__)
    return name[:80] if type(name) is str else "object"


class Server:
    """Answers the grader, one question at a time."""

    def __init__(self, channel: Channel, shell: Any, notes: shells.Notes, max_bytes: int) -> None:
        self._channel = channel
        self._shell = shell
        self._notes = notes
        self._objects = Objects(max_bytes)
        self._bound: dict[str, Any] = {}
        self._former: Watch | None = None
        """The arguments of the last call, if it returned."""
        self._actions: dict[Ask, Callable[..., Wire]] = {
            Ask.CELL: self._cell,
            Ask.GET: self._get,
            Ask.NAMES: self._names,
            Ask.CALL: self._call,
            Ask.ATTRIBUTE: self._attribute,
            Ask.SET: self._set,
            Ask.ITEM: self._item,
            Ask.PUT: self._put,
            Ask.APPLY: self._apply,
            Ask.NEXT: self._advance,
            Ask.VJP: self._vjp,
            Ask.COMMIT: self._commit,
            Ask.REFRESH: self._refresh,
            Ask.CONTAINS: self._contains,
        }

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        while True:
            try:
                question = protocol.read(self._channel.receive(), Question)
            except protocol.ConnectionLost:
                return
            self._objects.forget(question.forget)
            self._answer(question)

    def _answer(self, question: Question) -> None:
        verdict = Verdict.DONE
        try:
            value = self._actions[question.ask](*question.fields)
        except BaseException as error:  # noqa: B902, everything a student raises is an answer
            verdict, value = Verdict.RAISED, _error(error)
        try:
            notes, rebound = self._notes.take(), self._rebound()
            self._channel.send(Answer(verdict, question.nonce, value, notes, rebound))
        except protocol.TooLarge as error:
            self._channel.send(Answer(Verdict.RAISED, question.nonce, _error(error), []))

    def _cell(self, source: str) -> Wire:
        error = shells.run_cell(self._shell, source)
        return None if error is None else _error(error)

    def _get(self, name: str) -> Wire:
        value = self._shell.user_ns.get(name, _MISSING)
        return [] if value is _MISSING else [self._objects.encoder.encode(value)]

    def _names(self, names: list[str]) -> Wire:
        """For each name the answer to ``Ask.GET``, or None where that has to be asked each time."""
        now = self._shell.user_ns
        self._bound = {name: now.get(name, _MISSING) for name in names}
        return [self._lasting(value) for value in self._bound.values()]

    def _lasting(self, value: Any) -> Wire:
        """What stays true of a value as long as its name is bound to it; None for a mutable one."""
        if value is _MISSING:
            return []
        if not _is_plain(value) and not callable(value):
            return None
        try:
            return [self._objects.snapshot.encode(value)]
        except BaseException:  # a metaclass of the student's; the test that asks will hear of it
            return None

    def _rebound(self) -> bool:
        now = map(self._shell.user_ns.get, self._bound, repeat(_MISSING))
        return any(map(is_not, now, self._bound.values()))

    def _value(self, wire: Wire) -> Any:
        return self._objects.decoder.decode(wire)

    def _call(
        self,
        target: Wire,
        args: Wire,
        kwargs: Wire,
        grad_enabled: bool,
        seed: bytes | None,
        again: list[tuple[int, int]] | None,
        passed_on: list[int],
    ) -> CallResult:
        """Call a student's object.

        Args:
            target: the object.
            args, kwargs: what to pass.
            grad_enabled: whether autograd is on.
            seed: torch's random state, where it is another one than the last.
            again: of a call that follows another one only if that returned: the arguments that are
                objects which that one had, here and there.
            passed_on: arguments that the next call has again, and tells of.
        """
        former, self._former = self._former, None
        if again is not None and former is None:
            return CallResult(Verdict.RAISED, _error(RuntimeError("the call before raised")), [])
        function = self._value(target)
        arguments = [*self._value(args)]
        keywords = self._value(kwargs)
        if seed is not None:
            torch.set_rng_state(torch.frombuffer(bytearray(seed), dtype=torch.uint8))
        watched = Watch(self._objects.snapshot, [*arguments, *keywords.values()])
        for here, there in again or ():
            arguments[here] = watched.take_over(here, former, there)
        try:
            with torch.set_grad_enabled(grad_enabled):
                result = function(*arguments, **keywords)
        except BaseException as error:
            return CallResult(Verdict.RAISED, _error(error), watched.changes())
        wire = self._objects.encoder.encode(result)
        self._former = watched
        return CallResult(Verdict.DONE, wire, watched.changes(passed_on))

    def _attribute(self, target: Wire, name: str) -> Wire:
        return self._objects.encoder.encode(getattr(self._value(target), name))

    def _set(self, target: Wire, name: str, value: Wire) -> None:
        setattr(self._value(target), name, self._value(value))

    def _item(self, target: Wire, key: Wire) -> Wire:
        return self._objects.encoder.encode(self._value(target)[self._value(key)])

    def _put(self, target: Wire, key: Wire, value: Wire) -> None:
        self._value(target)[self._value(key)] = self._value(value)

    def _apply(self, operation: Operation, target: Wire) -> Wire:
        return self._objects.encoder.encode(_OPERATIONS[operation](self._value(target)))

    def _advance(self, target: Wire) -> Wire:
        """The next item in a list of one, or an empty list at the end."""
        value = next(self._value(target), _MISSING)
        return [] if value is _MISSING else [self._objects.encoder.encode(value)]

    def _vjp(self, number: int, upstream: Wire) -> Wire:
        token, gradients = self._objects.gradients(number, self._value(upstream))
        return [token, self._objects.encoder.encode(gradients)]

    def _commit(self, token: int) -> None:
        self._objects.commit(token)

    def _refresh(self, number: int) -> Wire:
        return self._objects.encoder.encode(self._objects.resolve(Handle(number)))

    def _contains(self, target: Wire, value: Wire) -> bool:
        return bool(self._value(value) in self._value(target))


class Watch:
    """Notices arguments that a call changed in place, by comparing their wire form."""

    def __init__(self, encoder: Encoder, values: list[Any]) -> None:
        self._encoder = encoder
        self._values = values
        self._before = [self._bytes(value) for value in values]

    def _bytes(self, value: Any) -> bytes | None:
        # The exact types first: torch answers ``isinstance`` with a function in Python.
        if type(value) in protocol.UNCHANGING or not isinstance(value, _WATCHED):
            return None
        return protocol.pack(self._encoder.encode(value))

    def take_over(self, here: int, former: Watch | None, there: int) -> Any:
        """Return an argument of a former call, whose changes since before that one count."""
        assert former is not None
        self._values[here], self._before[here] = former._values[there], former._before[there]
        return self._values[here]

    def changes(self, passed_on: Collection[int] = ()) -> list[tuple[int, Wire]]:
        """Return the position and the new value of each that is not passed on."""
        changed = []
        for position, (value, before) in enumerate(zip(self._values, self._before, strict=True)):
            if before is None or position in passed_on:
                continue
            wire = self._encoder.encode(value)
            if protocol.pack(wire) != before:
                changed.append((position, wire))
        return changed


def _error(error: BaseException) -> Wire:
    """Names of the exception's classes, most special first, and its message."""
    if isinstance(error, protocol.TooLarge):
        error = OverflowError(f"cannot send {error}")
    try:
        names = [str(c.__name__)[:80] for c in type(error).__mro__][:20]
        arguments = error.args
        single = isinstance(error, KeyError) and len(arguments) == 1
        text = str(arguments[0] if single else error)[:4000]
        if isinstance(error, SyntaxError):
            text = f"{error.msg} (line {error.lineno})"
        return [names, text.encode("utf-8", "backslashreplace").decode()]
    except BaseException:
        return [["Exception"], ""]
