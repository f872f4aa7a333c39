"""Text from students and tests, made fit to be read: one cleaner, one shortener, one message."""

from __future__ import annotations

import re
from itertools import pairwise

NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.])", re.IGNORECASE)
"""A decimal number; versions such as 2.13.0 and names such as float32 are none."""
GRADIENT = re.compile(r",?\s*grad_fn=<[^<>]{0,100}>")
"""How torch prints where a tensor came from; with us that is the pipe to the student's process."""
LEAST_DIGITS, MOST_DIGITS = 4, 8
NOISE = 1e-6
"""Relative difference of two numbers that single precision hardly tells apart."""
MAX_VALUE = 400
HEAD_OF_VALUE = 300
OPENING = re.compile(r"[A-Za-z_][\w.]*\(|\[|\((?=[-\d\[(])")
"""Where a call, a list or a tuple of numbers begins."""
BRACKET = re.compile(r"[()\[\]]")


def printable(text: str, also: str = "", instead: str = "") -> str:
    """A text without control and hidden characters, which a terminal would obey.

    Args:
        text: whatever somebody wrote.
        also: characters to keep though they are not printable, such as a line break.
        instead: what stands for each character that was taken out.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in also else instead for one in text)


def number(value: float | None) -> str:
    """Points to two places without closing zeros; empty for None."""
    return "" if value is None else f"{round(value, 2):g}"


def counted(value: float, noun: str) -> str:
    """A number and what it counts: ``1 day``, ``0.5 points``."""
    return f"{value:g} {noun}{'' if value == 1 else 's'}"


def shorten(text: str, length: int = 80) -> str:
    """A text cut to a length, with an ellipsis where it was cut."""
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"


def readable_message(text: str) -> str:
    """A test's message as a student reads it.

    The engine's own traces go, numbers have four significant digits (more where two of them would
    read the same), and long values are cut inside their brackets.
    """
    plain = GRADIENT.sub("", text)
    digits = _digits([float(found) for found in NUMBER.findall(plain)])
    rounded = NUMBER.sub(lambda found: _rounded(found[0], digits), plain)
    return "".join(_cut(part) if is_value else part for is_value, part in values(rounded))


def _digits(numbers: list[float]) -> int:
    """The fewest digits with which no two different numbers look the same."""
    near = [
        (low, high)
        for low, high in pairwise(sorted(set(numbers)))
        if high - low > NOISE * max(abs(low), abs(high))
    ]
    for digits in range(LEAST_DIGITS, MOST_DIGITS):
        if all(f"{low:.{digits}g}" != f"{high:.{digits}g}" for low, high in near):
            return digits
    return MOST_DIGITS


def _rounded(number: str, digits: int) -> str:
    short = f"{float(number):.{digits}g}"
    if "e+" in short and "e" not in number.lower():
        short = f"{float(number):.1f}"  # The digits before the point are never rounded away.
    if "." not in short and "e" not in short and short.lstrip("-").isdigit():
        short += ".0"
    return short if len(short) < len(number) else number


def values(text: str) -> list[tuple[bool, str]]:
    """The text in parts: values (calls, lists, tuples) and what stands between them."""
    parts: list[tuple[bool, str]] = []
    at = 0
    while (found := OPENING.search(text, at)) is not None:
        end = _closing(text, found.end() - 1)
        parts += [(False, text[at : found.start()]), (True, text[found.start() : end])]
        at = end
    return [(is_value, part) for is_value, part in [*parts, (False, text[at:])] if part]


def _closing(text: str, start: int) -> int:
    """The place after the bracket that closes the one at ``start``, or the text's end."""
    depth = 0
    for bracket in BRACKET.finditer(text, start):
        depth += 1 if bracket[0] in "([" else -1
        if depth == 0:
            return bracket.end()
    return len(text)


def _cut(value: str) -> str:
    if len(value) <= MAX_VALUE:
        return value
    head, _, _ = value[:HEAD_OF_VALUE].rpartition(",")
    head = head or value[:HEAD_OF_VALUE]
    left_out = len(value) - len(head) - 1
    return f"{head}, \N{HORIZONTAL ELLIPSIS} {left_out:,} more characters {value[-1]}"
