"""What a fork copies of its parent's memory, kept small.

A page that a child writes to is copied first, which takes the kernel as long as a hundred lines of
Python take. Imports leave thousands of free pieces between objects that stay, and malloc would hand
them to a child one by one: a copied page for each.
"""

from __future__ import annotations

import ctypes

LARGEST, SMALLEST, GRAIN = 2**16, 16, 16
"""Bytes: of the pieces looked for, and between two sizes that malloc tells apart."""

CACHED = 2**20
"""Bytes, at least, of free pieces that malloc counts as given out."""


class _Use(ctypes.Structure):
    """``struct mallinfo2``: how much is given out, free, and free at the top."""

    _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(8)] + [
        ("free", ctypes.c_size_t),
        ("top", ctypes.c_size_t),
    ]


def fill_holes() -> None:
    """Take malloc's free pieces for good, so that whoever forks from here allocates behind them.

    Where malloc is not glibc's, nothing happens.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return
    libc.mallinfo2.restype = _Use
    libc.malloc.restype = libc.sbrk.restype = ctypes.c_void_p
    libc.malloc.argtypes, libc.sbrk.argtypes = [ctypes.c_size_t], [ctypes.c_ssize_t]
    libc.free.argtypes = [ctypes.c_void_p]
    use: _Use = libc.mallinfo2()
    top, left = (libc.sbrk(0) or 0) - use.top, use.free - use.top + CACHED
    size = LARGEST
    while size >= SMALLEST and left > 0:
        piece = libc.malloc(size)
        if piece is not None and piece < top:
            left -= size
        else:
            # There was no hole of this size.
            libc.free(piece)
            size = size // 2 if size > 1024 else size - GRAIN
