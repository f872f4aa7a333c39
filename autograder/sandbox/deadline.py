"""A deadline for the judging side that no ``except Exception`` in a test can swallow."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import threading
from collections.abc import Iterator
from types import FrameType

REPEAT_SECONDS = 0.5


class JudgingTooLong(BaseException):
    """A test did not finish in time."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise ``JudgingTooLong`` inside the block after this many seconds.

    In the main thread a timer signal does it. Elsewhere (a Dask worker's thread) another thread
    asks the interpreter to raise it; that takes effect between two bytecodes.
    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _by_signal(max(seconds, 0.001)):
            yield
    else:
        with _by_thread(max(seconds, 0.001)):
            yield


def silence() -> None:
    """Stop a timer that rang in the very moment its block was left."""
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise JudgingTooLong

    before = signal.signal(signal.SIGALRM, ring)
    # Again and again: Python drops an exception that is raised inside a finalizer.
    signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    target = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, rang = threading.Event(), threading.Event()
    lock = threading.Lock()

    def ring() -> None:
        pause = seconds
        while not done.wait(pause):
            pause = REPEAT_SECONDS
            with lock:
                if not done.is_set():
                    rang.set()
                    raise_in(target, ctypes.py_object(JudgingTooLong))

    threading.Thread(target=ring, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            done.set()
            # One that was asked for but has not struck yet must not strike outside. Only then: on
            # Python 3.11 each taking back leaves the interpreter looking for it at every step.
            if rang.is_set():
                raise_in(target, None)
