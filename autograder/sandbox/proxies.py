"""What a test sees of a student's names: plain values, and proxies that ask the child.

Only plain Python, numpy and torch values of exact types are built here. A student's function,
class, module or dataclass is a ``StudentObject``: calls, attributes, items and iteration travel to
the child and come back as values. No method that a student wrote ever runs on this side.
"""

from __future__ import annotations

import contextlib
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.autograd.function import once_differentiable

from autograder.text import printable

from . import protocol
from .decoding import Decoder
from .encoding import Encoder
from .merging import merge
from .protocol import Ask, CallResult, DescribedHandle, Handle, Operation, Verdict, Wire, WireTensor
from .session import Session

_READABLE_DUNDERS = frozenset({"__name__", "__doc__", "__qualname__", "__enter__", "__exit__"})
MOST_AT_ONCE, AT_ONCE_BYTES = 40, 2**15
"""Calls that are asked for together, and their bytes: few enough that a socket holds them, however
much the child has to say meanwhile."""


class Remote:
    """Encodes and decodes for one session; the same handle is always the same proxy."""

    def __init__(self, session: Session) -> None:
        self.session = session
        size = session.limits.frame_bytes
        self._proxies: weakref.WeakValueDictionary[int, StudentObject] = (
            weakref.WeakValueDictionary()
        )
        self._parameters: weakref.WeakValueDictionary[int, torch.Tensor] = (
            weakref.WeakValueDictionary()
        )
        self._inputs: list[torch.Tensor] = []
        self._encoder = Encoder(self._refuse, self._outgoing, size)
        self._decoder = Decoder(self._proxy, self._incoming)

    def encode(self, value: Any) -> Wire:
        """Wire form of a value that a test passes."""
        try:
            return self._encoder.encode(value)
        except protocol.TooLarge as error:
            raise ValueError(f"the test passes {error}") from None

    def decode(self, wire: Wire) -> Any:
        """The value of a wire form that the child sent."""
        try:
            return self._decoder.decode(wire)
        except protocol.ProtocolError as error:
            raise self.session.violation(str(error)) from None

    def _refuse(self, value: Any) -> Wire:
        if type(value) is StudentObject:
            if _remote(value) is not self:
                raise ValueError("an object of a process that has ended")
            return Handle(_number(value))
        raise TypeError(f"a test cannot pass a {type(value).__name__} to a student's function")

    def _proxy(self, handle: Handle) -> StudentObject:
        proxy = self._proxies.get(handle.number)
        if proxy is None:
            proxy = StudentObject(self, handle.number, printable(handle.label[:80]))
            self._proxies[handle.number] = proxy
        fields = dict(handle.fields) if isinstance(handle, DescribedHandle) else {}
        object.__setattr__(proxy, "_fields", fields)
        object.__setattr__(proxy, "_told", self.session.heard)
        return proxy

    def _outgoing(self, tensor: torch.Tensor) -> tuple[int, int | None, Wire]:
        flags = protocol.PARAMETER if type(tensor) is torch.nn.Parameter else 0
        if not tensor.requires_grad:
            return flags, None, None
        self._inputs.append(tensor)
        return flags | protocol.REQUIRES_GRAD | protocol.LEAF, len(self._inputs) - 1, None

    def _incoming(self, tensor: torch.Tensor, sent: WireTensor) -> torch.Tensor:
        requires = bool(sent.flags & protocol.REQUIRES_GRAD)
        if requires and not sent.flags & protocol.LEAF:
            return self._connected(tensor, sent)
        if sent.flags & protocol.PARAMETER:
            tensor = torch.nn.Parameter(tensor, requires_grad=requires)
        elif requires:
            tensor.requires_grad_()
        gradient = None if sent.extra is None else self._gradient(sent.extra, tensor)
        if sent.flags & protocol.LEAF:
            return self._leaf(tensor, gradient, sent.reference)
        tensor.grad = gradient
        return tensor

    def _gradient(self, wire: Wire, like: torch.Tensor) -> torch.Tensor:
        sent = protocol.read(wire, WireTensor)
        if (sent.flags, sent.reference, sent.extra) != (0, None, None):
            raise protocol.ProtocolError("a malformed gradient")
        gradient = self._decoder.nested(wire)
        if type(gradient) is not torch.Tensor or gradient.shape != like.shape:
            raise protocol.ProtocolError("a gradient that does not fit")
        if gradient.dtype != like.dtype:
            raise protocol.ProtocolError("a gradient of another type")
        return gradient

    def _leaf(
        self, tensor: torch.Tensor, gradient: torch.Tensor | None, number: int | None
    ) -> torch.Tensor:
        """A parameter read twice is one tensor here, brought up to date, as it is in a notebook."""
        if number is None:
            raise protocol.ProtocolError("a leaf without a number")
        known = self._parameters.get(number)
        if known is None or known.shape != tensor.shape or known.dtype != tensor.dtype:
            self._parameters[number] = known = tensor
        elif type(known) is type(tensor):
            with torch.no_grad():
                known.copy_(tensor)
        known.grad = gradient
        return known

    def _connected(self, tensor: torch.Tensor, sent: WireTensor) -> torch.Tensor:
        """Tie a returned tensor to the test's inputs that it depends on."""
        number, inputs = sent.reference, sent.extra
        if number is None or type(inputs) is not list:
            raise protocol.ProtocolError("a malformed graph")
        if any(type(i) is not int or not 0 <= i < len(self._inputs) for i in inputs):
            raise protocol.ProtocolError("a graph of unknown inputs")
        link = Link(self, number, tensor, list(dict.fromkeys(inputs)))
        with torch.enable_grad():
            anchor = torch.zeros((), requires_grad=True)
            anchor.register_post_accumulate_grad_hook(link.commit)  # type: ignore[no-untyped-call]
            sources = [self._inputs[i] for i in link.inputs]
            result: torch.Tensor = _Connection.apply(link, anchor, *sources)  # type: ignore[no-untyped-call]
        return result

    def gradients(self, link: Link, upstream: torch.Tensor) -> list[torch.Tensor | None]:
        """Ask the child for vector-Jacobian products; check that they fit our inputs."""
        answer = self.session.ask(Ask.VJP, link.number, self.encode(upstream.detach()))
        if type(answer) is not list or len(answer) != 2 or type(answer[0]) is not int:
            raise self.session.violation("malformed gradients")
        link.token = answer[0]
        pairs = self.decode(answer[1])
        found: dict[int, torch.Tensor] = {}
        for pair in pairs if type(pairs) is list else []:
            if type(pair) is list and len(pair) == 2 and type(pair[0]) is int:
                found[pair[0]] = pair[1]
        return [self._fitting(found.get(i), self._inputs[i]) for i in link.inputs]

    def _fitting(self, gradient: Any, like: torch.Tensor) -> torch.Tensor | None:
        if gradient is None:
            return None
        if type(gradient) is not torch.Tensor or gradient.shape != like.shape:
            raise self.session.violation("a gradient that does not fit")
        return gradient.to(like.dtype)

    def refresh(self, number: int) -> None:
        """Fetch the state of a parameter that a test still holds."""
        self.decode(self.session.ask(Ask.REFRESH, number))

    def live_parameters(self) -> list[int]:
        """Numbers of the parameters that a test holds."""
        return list(self._parameters)

    def call(self, target: StudentObject, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a student's object; write changes of the arguments back into them."""
        wires = [self.encode(target), self.encode(list(args)), self.encode(kwargs)]
        grad = torch.is_grad_enabled()
        answer = self.session.ask(Ask.CALL, *wires, grad, self.session.seed_to_send(), None, [])
        return self._result(answer, [*args, *kwargs.values()])

    def call_each(self, target: StudentObject, calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Make several calls one after the other, without waiting for one before asking the next.

        An argument that is the very object that the call before had stays that object there.
        After a call that raises, which this raises too, the child makes none of the others.
        """
        results: list[Any] = []
        while len(results) < len(calls):
            questions = self._questions(target, calls[len(results) :])
            nonces = deque(self.session.send(Ask.CALL, questions))
            try:
                while nonces:
                    answer = self.session.hear(nonces.popleft())
                    results.append(self._result(answer, list(calls[len(results)])))
            except Exception:
                # What has been asked is heard, or the next answer would be to another question.
                for nonce in nonces:
                    with contextlib.suppress(Exception):
                        self.session.hear(nonce)
                raise
        return results

    def _questions(self, target: StudentObject, calls: Sequence[Sequence[Any]]) -> list[list[Wire]]:
        """What is asked at once for the first of some calls, for as many as go at once."""
        function, nothing = self.encode(target), self.encode({})
        grad, seed = torch.is_grad_enabled(), self.session.seed_to_send()
        questions: list[list[Wire]] = []
        size = 0
        for arguments, former in zip(calls[:MOST_AT_ONCE], [None, *calls], strict=False):
            again = None if former is None else _same_objects(arguments, former)
            known = {here for here, _ in again or ()}
            sent = [None if here in known else one for here, one in enumerate(arguments)]
            question = [function, self.encode(sent), nothing, grad, seed, again, []]
            size += len(protocol.pack(question))
            if questions and size > AT_ONCE_BYTES:
                break
            if questions:
                # What is passed on comes back once, from the last call that has it.
                questions[-1][-1] = [there for _, there in again or ()]
            questions.append(question)
            seed = None
        return questions

    def _result(self, answer: Wire, values: list[Any]) -> Any:
        """What a call returned or raised; changes of the arguments are written back into them."""
        try:
            result = protocol.read(answer, CallResult)
        except protocol.ProtocolError as error:
            raise self.session.violation(str(error)) from None
        self._write_back(values, result)
        if result.verdict is Verdict.RAISED:
            raise self.session.student_error(result.value)
        return self.decode(result.value)

    def _write_back(self, values: list[Any], result: CallResult) -> None:
        for position, wire in result.changes:
            if not 0 <= position < len(values):
                raise self.session.violation("a change of an argument that was not passed")
            merge(values[position], self.decode(wire))


class Link:
    """Remembers which tensor of the child a connected tensor stands for."""

    def __init__(self, remote: Remote, number: int, data: torch.Tensor, inputs: list[int]) -> None:
        self.remote = remote
        self.number = number
        self.data: torch.Tensor | None = data
        self.inputs = inputs
        self.token: int | None = None
        weakref.finalize(self, remote.session.drop, number).atexit = False

    def commit(self, anchor: torch.Tensor) -> None:
        """Our backward pass accumulates, so the child's parameters do too."""
        token, self.token = self.token, None
        if token is not None:
            self.remote.session.ask(Ask.COMMIT, token)
            for number in self.remote.live_parameters():
                self.remote.refresh(number)


class _Connection(torch.autograd.Function):
    """A node of our graph whose derivative the child computes.

    ``backward()`` reaches the anchor, a leaf that exists for this, and so commits the gradients of
    the child's own parameters; ``torch.autograd.grad`` does not, and leaves them alone.
    """

    @staticmethod
    def forward(ctx: Any, link: Link, anchor: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        ctx.link = link
        # Hand it over: keeping it would tie the graph into a ring that is never freed.
        data, link.data = link.data, None
        assert data is not None
        return data

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[Any, ...]:
        link: Link = ctx.link
        return (None, torch.zeros(()), *link.remote.gradients(link, upstream))


class StudentObject:
    """Stands for a student's function, class, module or other object in the child."""

    __slots__ = ("_remote", "_number", "_label", "_fields", "_told", "__weakref__")

    def __init__(self, remote: Remote, number: int, label: str) -> None:
        object.__setattr__(self, "_remote", remote)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_label", label)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _remote(self).call(self, args, kwargs)

    def call_each(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Make several calls and return what each returned; ``reference.checks.each`` asks so."""
        return _remote(self).call_each(self, calls)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _READABLE_DUNDERS:
            raise AttributeError(name)
        fields = _current_fields(self)
        return fields[name] if name in fields else _ask(self, Ask.ATTRIBUTE, name)

    def __setattr__(self, name: str, value: Any) -> None:
        remote = _remote(self)
        remote.session.ask(Ask.SET, remote.encode(self), name, remote.encode(value))

    def __getitem__(self, key: Any) -> Any:
        return _ask(self, Ask.ITEM, _remote(self).encode(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        remote = _remote(self)
        remote.session.ask(Ask.PUT, remote.encode(self), remote.encode(key), remote.encode(value))

    def __len__(self) -> int:
        return int(_exactly(_apply(self, Operation.LEN), int))

    def __bool__(self) -> bool:
        return bool(_exactly(_apply(self, Operation.BOOL), bool))

    def __iter__(self) -> Iterator[Any]:
        iterator = _apply(self, Operation.ITER)
        if type(iterator) is not StudentObject:
            yield from iterator
            return
        while found := _next_item(iterator):
            yield found[0]

    def __next__(self) -> Any:
        found = _next_item(self)
        if not found:
            raise StopIteration
        return found[0]

    def __contains__(self, value: Any) -> bool:
        remote = _remote(self)
        answer = remote.session.ask(Ask.CONTAINS, remote.encode(self), remote.encode(value))
        return bool(_exactly(answer, bool))

    def __enter__(self) -> Any:
        return self.__getattr__("__enter__")()

    def __exit__(self, *details: Any) -> None:
        self.__getattr__("__exit__")(None, None, None)

    def __copy__(self) -> Any:
        return _apply(self, Operation.COPY)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _apply(self, Operation.DEEPCOPY)

    def __reduce__(self) -> Any:
        raise TypeError("a student's object cannot be pickled")

    def __repr__(self) -> str:
        return f"<student's {object.__getattribute__(self, '_label')}>"


def _same_objects(arguments: Sequence[Any], former: Sequence[Any]) -> list[tuple[int, int]]:
    """Which arguments are objects that the call before had, and where it had them."""
    places = {
        id(one): place for place, one in enumerate(former) if type(one) not in protocol.UNCHANGING
    }
    return [(here, places[id(one)]) for here, one in enumerate(arguments) if id(one) in places]


def _remote(proxy: StudentObject) -> Remote:
    remote: Remote = object.__getattribute__(proxy, "_remote")
    return remote


def _number(proxy: StudentObject) -> int:
    number: int = object.__getattribute__(proxy, "_number")
    return number


def _current_fields(proxy: StudentObject) -> dict[str, Any]:
    """Attributes that came with the object, if the student's code has not run since."""
    told: int = object.__getattribute__(proxy, "_told")
    fields: dict[str, Any] = object.__getattribute__(proxy, "_fields")
    return fields if told == _remote(proxy).session.asked else {}


def _ask(proxy: StudentObject, action: Ask, *fields: Wire) -> Any:
    remote = _remote(proxy)
    return remote.decode(remote.session.ask(action, remote.encode(proxy), *fields))


def _next_item(iterator: StudentObject) -> list[Any]:
    """The next item in a list of one, or an empty list at the end."""
    remote = _remote(iterator)
    found = remote.session.ask(Ask.NEXT, remote.encode(iterator))
    if type(found) is not list or len(found) > 1:
        raise remote.session.violation("a malformed item")
    return [remote.decode(wire) for wire in found]


def _apply(proxy: StudentObject, operation: Operation) -> Any:
    remote = _remote(proxy)
    return remote.decode(remote.session.ask(Ask.APPLY, operation, remote.encode(proxy)))


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


class StudentNames(Mapping[str, Any]):
    """The ``global_env`` of a test: the student's top-level names.

    Attributes:
        asked: the names that were looked up.
    """

    def __init__(self, session: Session) -> None:
        self._remote = Remote(session)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        found = self._remote.session.look_up(name)
        if type(found) is not list or len(found) > 1:
            raise self._remote.session.violation("a malformed name")
        if not found:
            raise KeyError(name)
        return self._remote.decode(found[0])

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a student's names cannot be listed")

    def __len__(self) -> int:
        raise TypeError("a student's names cannot be counted")
