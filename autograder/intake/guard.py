"""The one edge for everything foreign: whatever goes wrong there costs one submission, no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograder.errors import Unreadable

MIB = 2**20
MAX_UNPACKED_BYTES = 256 * MIB
"""What all archives of one hand-in may unpack to, as far as it is read at all."""
MAX_FILES = 100
"""How many files of one hand-in are opened, in archives or not."""
MAX_READ_BYTES = 1024 * MIB
"""How much is read of them: in a zip of a whole class, each may be a bomb."""


@contextmanager
def foreign() -> Iterator[None]:
    """Turn any error into a phrase about the item that is being read.

    Archives, YAML, notebooks and their names are made by people who may mean harm, and the
    libraries that read them raise what they like. Only what is foreign is read inside: a fault of
    ours elsewhere keeps its traceback.

    Raises:
        Unreadable: instead of every other exception, MemoryError included.
    """
    try:
        yield
    except Unreadable:
        raise
    except MemoryError:
        raise Unreadable("needs more memory to be read than there is") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {(error.strerror or 'input error').lower()}") from None
    except Exception as error:
        raise Unreadable(f"cannot be read: it is damaged ({type(error).__name__})") from None


class Budget:
    """What reading one hand-in may cost in all, however many files it is spread over."""

    def __init__(self, unpacked: int = MAX_UNPACKED_BYTES) -> None:
        self._unpacked = unpacked
        self._files = MAX_FILES
        self._bytes = MAX_READ_BYTES

    def unpack(self, size: int) -> None:
        """Count bytes that came out of an archive.

        Raises:
            Unreadable: there were too many before.
        """
        self._unpacked -= size
        if self._unpacked < 0:
            raise Unreadable(f"unpacks to more than {MAX_UNPACKED_BYTES // MIB} MiB in all")

    def open_file(self) -> None:
        """Count a file that is about to be read.

        Raises:
            Unreadable: there were too many before, or too large ones.
        """
        self._files -= 1
        if self._files < 0:
            raise Unreadable(f"was not opened: {MAX_FILES} files of one hand-in are")
        if self._bytes < 0:
            raise Unreadable(f"was not opened: {MAX_READ_BYTES // MIB} MiB of one hand-in are")

    def read(self, size: int) -> None:
        """Count what was read of a file."""
        self._bytes -= size
